"""A kernel of the tool, started and spoken to as Jupyter does it."""
import os
import queue
import time

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

TIMEOUT = 120
KIT = '\n'.join(f'#r "../artifacts/kit/{name}.dll"' for name in ("TorchSharp", "Align", "Align.Interactive")) + "\nusing Align.Interactive;\n"

TRAINING = """using Align.Methods;
using Align.Models;
using Align.Runtime;
using Align.Text;
using Align.Training;
Kit.Start();
var policy = new TablePolicy(3, 6);
var texts = Enumerable.Range(0, 8).Select(i => TokenizedText.Of([0], [1 + i % 2, 2])).ToList();
var run = new Run<TextBatch>(Sft.Objective(policy), Sft.Batches(texts, 4, 0), new AdamW(policy.Parameters), Schedules.Constant(0.01), 1_000_000);
"""


class Kernel:
    """Use as a context manager; `data` is the Jupyter data folder into which the kernel was installed."""

    def __init__(self, data, name="align"):
        specs = KernelSpecManager(kernel_dirs=[os.path.join(data, "kernels")], ensure_native_kernel=False)
        self.manager = KernelManager(kernel_name=name, kernel_spec_manager=specs)

    def __enter__(self):
        self.manager.start_kernel(stdout=open(os.devnull, "wb"), stderr=open(os.devnull, "wb"))
        self.connect()
        return self

    def __exit__(self, *_):
        self.client.stop_channels()
        if self.manager.is_alive():
            self.manager.shutdown_kernel(now=True)
        self.manager.cleanup_resources()

    def connect(self):
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=TIMEOUT)

    def run(self, code, **options):
        """Runs a cell; returns the reply's content and the messages published for it, without the states."""
        sent = self.client.execute(code, **options)
        reply = self.reply(sent)
        return reply, self.published(sent)

    def reply(self, sent):
        return self._await(self.client.get_shell_msg, sent)["content"]

    def published(self, sent):
        """What was published for a request, up to its idle state."""
        messages = []
        while True:
            message = self._await(self.client.get_iopub_msg, sent)
            if message["msg_type"] != "status":
                messages.append(message)
            elif message["content"]["execution_state"] == "idle":
                return [m for m in messages if m["msg_type"] != "execute_input"]

    def shown(self, code):
        """The text of what a cell that must succeed prints and shows."""
        reply, messages = self.run(code)
        assert reply["status"] == "ok", reply
        return "".join(m["content"]["text"] if m["msg_type"] == "stream" else m["content"]["data"].get("text/plain", "") for m in messages)

    def wait_for(self, text, sent):
        """Waits until a running cell has printed a text."""
        while True:
            message = self._await(self.client.get_iopub_msg, sent)
            if message["msg_type"] == "stream" and text in message["content"]["text"]:
                return

    @staticmethod
    def _await(get, sent):
        end = time.monotonic() + TIMEOUT
        while time.monotonic() < end:
            try:
                message = get(timeout=1)
            except queue.Empty:
                continue
            if message["parent_header"].get("msg_id") == sent:
                return message
        raise AssertionError("no answer from the kernel")
