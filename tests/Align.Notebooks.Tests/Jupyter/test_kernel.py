"""Drives the installed kernel with Debian's jupyter-client and nbconvert. Prints "N passed, N failed"; its exit code says the same.

usage: test_kernel.py REPOSITORY JUPYTER_DATA_FOLDER
"""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import traceback

import nbformat
import zmq
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError

from kernel import KIT, TIMEOUT, TRAINING, Kernel

ROOT, DATA = sys.argv[1:3]
TESTS = os.path.join(ROOT, "tests", "Align.Notebooks.Tests")
os.environ["JUPYTER_PATH"] = DATA


def kernel_is_installed_with_interrupts_by_message():
    spec = json.load(open(os.path.join(DATA, "kernels", "align", "kernel.json")))
    assert (spec["language"], spec["interrupt_mode"]) == ("C#", "message"), spec
    assert os.path.exists(spec["argv"][0]) and os.path.exists(spec["argv"][1]), spec


def kernel_says_what_it_is():
    with Kernel(DATA) as kernel:
        info = kernel.reply(kernel.client.kernel_info())
        assert info["protocol_version"] == "5.3" and info["implementation"] == "align", info
        assert info["language_info"]["name"] == "C#" and info["language_info"]["file_extension"] == ".cs", info


def cell_streams_shows_and_returns():
    with Kernel(DATA) as kernel:
        reply, messages = kernel.run('Console.WriteLine("春眠 😀");\nConsole.Error.Write("careful");\ndisplay(HTML("<b>x</b>"));\n1 + 2')
        assert reply["status"] == "ok" and reply["execution_count"] == 1, reply
        assert [m["msg_type"] for m in messages] == ["stream", "stream", "display_data", "execute_result"], messages
        assert messages[0]["content"] == {"name": "stdout", "text": "春眠 😀\n"}
        assert messages[1]["content"] == {"name": "stderr", "text": "careful"}
        assert messages[2]["content"]["data"] == {"text/html": "<b>x</b>"}
        assert messages[3]["content"]["data"] == {"text/plain": "3"} and messages[3]["content"]["execution_count"] == 1


def update_names_the_display_it_replaces():
    with Kernel(DATA) as kernel:
        _, first = kernel.run('var live = display("one");\nvar other = display("else");')
        _, second = kernel.run('live.Update("two");')
        ids = [m["content"]["transient"]["display_id"] for m in first]
        assert len(set(ids)) == 2, ids
        assert second[0]["msg_type"] == "update_display_data" and second[0]["content"]["transient"]["display_id"] == ids[0], second
        assert second[0]["content"]["data"] == {"text/plain": "two"}


def printing_much_loses_nothing_and_sends_few_messages():
    with Kernel(DATA) as kernel:
        reply, messages = kernel.run("for (var i = 0; i < 20000; i++) Console.WriteLine(i);")
        text = "".join(m["content"]["text"] for m in messages)
        assert text == "".join(f"{i}\n" for i in range(20000)), len(text)
        assert len(messages) < 2000, len(messages)


def error_names_cell_and_line_and_keeps_variables():
    with Kernel(DATA) as kernel:
        kernel.run("var before = 1;\nint Divide(int a, int b) => a / b;")
        reply, messages = kernel.run("var during = 2;\n\nDivide(1, 0);")
        assert (reply["status"], reply["ename"]) == ("error", "DivideByZeroException"), reply
        assert reply["traceback"] == [
            "DivideByZeroException: Attempted to divide by zero.",
            "   at Divide, cell [1], line 2", "      int Divide(int a, int b) => a / b;",
            "   at cell [2], line 3", "      Divide(1, 0);",
        ], reply["traceback"]
        assert messages[-1]["msg_type"] == "error" and messages[-1]["content"]["traceback"] == reply["traceback"]
        assert kernel.shown("before + during") == "3"
        reply, _ = kernel.run("var x = ;")
        assert reply["ename"] == "CompilationError" and "cell [4], line 1" in reply["traceback"][1], reply


def cells_queued_behind_a_failing_one_are_not_run():
    with Kernel(DATA) as kernel:
        sent = [kernel.client.execute(code) for code in ("var x = 1;\nSystem.Threading.Thread.Sleep(500);\nthrow new Exception();", "x = 2;", "x = 3;")]
        replies = [kernel.reply(one) for one in sent]
        assert [r["status"] for r in replies] == ["error", "aborted", "aborted"], replies
        assert kernel.shown("x") == "1"
        sent = [kernel.client.execute(code, stop_on_error=False) for code in ("System.Threading.Thread.Sleep(200);\nthrow new Exception();", "x = 5;")]
        assert [kernel.reply(one)["status"] for one in sent] == ["error", "ok"]


def interrupt_leaves_variables_and_the_kernel():
    with Kernel(DATA) as kernel:
        kernel.run(KIT + TRAINING)
        sent = kernel.client.execute('var history = run.History;\nforeach (var step in run.Train(Kit.Cancellation).Watch("loss"))\n{\n    if (step.Number == 3) Console.WriteLine("training");\n}')
        kernel.wait_for("training", sent)
        kernel.manager.interrupt_kernel()
        reply = kernel.reply(sent)
        assert (reply["status"], reply["ename"]) == ("error", "Interrupted"), reply
        assert "cell [2], line " in "\n".join(reply["traceback"]), reply
        assert kernel.manager.is_alive()
        assert kernel.shown("history.Count >= 3 && double.IsFinite(history[^1][\"loss\"])") == "True"
        # The next cell starts with a token of its own.
        assert kernel.shown("Kit.Cancellation.IsCancellationRequested") == "False"


def interrupt_that_is_not_heeded_says_what_helps():
    with Kernel(DATA) as kernel:
        sent = kernel.client.execute('Console.WriteLine("deaf");\nfor (var i = 0; i < 80; i++) System.Threading.Thread.Sleep(100);')
        kernel.wait_for("deaf", sent)
        kernel.manager.interrupt_kernel()
        kernel.wait_for("Restarting the kernel stops it at once", sent)
        kernel.manager.shutdown_kernel(now=False)
        assert not kernel.manager.is_alive()


def person_is_asked_and_answers():
    with Kernel(DATA) as kernel:
        kernel.run(KIT)
        sent = kernel.client.execute('Kit.Host!.Ask("better?") + Console.ReadLine()', allow_stdin=True)
        for expected, answer in (("better?", "first "), ("", "second 😀")):
            request = kernel.client.get_stdin_msg(timeout=TIMEOUT)
            assert request["msg_type"] == "input_request" and request["content"] == {"prompt": expected, "password": False}, request
            kernel.client.input(answer)
        assert kernel.reply(sent)["status"] == "ok"
        assert [m["content"]["data"]["text/plain"] for m in kernel.published(sent)] == ["first second 😀"]
        reply, messages = kernel.run("Console.ReadLine() is null", allow_stdin=False)
        assert messages[0]["content"]["data"]["text/plain"] == "True"


def question_can_be_interrupted():
    with Kernel(DATA) as kernel:
        sent = kernel.client.execute("var x = 1;\nConsole.ReadLine();", allow_stdin=True)
        kernel.client.get_stdin_msg(timeout=TIMEOUT)
        kernel.manager.interrupt_kernel()
        assert kernel.reply(sent)["ename"] == "Interrupted"
        assert kernel.shown("x") == "1"


def completion_knows_members_variables_and_keywords():
    with Kernel(DATA) as kernel:
        kernel.run(KIT + "using TorchSharp;\nvar margins = new List<double>();")

        def complete(code, cursor=None):
            return kernel.reply(kernel.client.complete(code, cursor))

        reply = complete("margins.Ad")
        assert reply["matches"] == ["Add", "AddRange"] and (reply["cursor_start"], reply["cursor_end"]) == (8, 10), reply
        assert "Average" in complete("margins.")["matches"]
        assert complete("marg")["matches"] == ["margins"]
        assert "Start" in complete("Kit.")["matches"] and "zeros" in complete("var z = torch.ze")["matches"]
        assert complete("System.Text.Js")["matches"] == ["Json"]
        assert "foreach" in complete("forea")["matches"]
        assert complete('var s = "😀"; marg')["cursor_start"] == 13
        assert complete("margins.Cou + 1", 11)["matches"][0] == "Count"
        assert complete("nothing.at.all.")["matches"] == []


def inspection_shows_signature_and_documentation():
    with Kernel(DATA) as kernel:
        kernel.run(KIT)

        def inspect(code, cursor=None):
            reply = kernel.reply(kernel.client.inspect(code, cursor))
            return reply["data"]["text/plain"] if reply["found"] else None

        start = inspect("Kit.Start()", 6)
        assert start.startswith("void Kit.Start()") and "Loads the natives" in start, start
        result = inspect('Kit.Result("DPO", ')
        assert "Adds one row to the closing table" in result and "method: The method, such as DPO." in result, result
        assert inspect("var x = 3; x", 12) == "(local variable) int x" or "int" in inspect("var x = 3; x", 12)
        assert inspect("1 + 1") is None and inspect("") is None and inspect("nothing") is None


def completeness_is_known():
    with Kernel(DATA) as kernel:
        expected = {"var x = 1;": "complete", "1 + 1": "complete", "foreach (var x in xs)\n{": "incomplete", "void F() {": "incomplete", "var = = 3;": "invalid"}
        for code, status in expected.items():
            assert kernel.reply(kernel.client.is_complete(code))["status"] == status, code


def history_is_kept_without_silent_cells():
    with Kernel(DATA) as kernel:
        for code, options in (("var x = 1;", {}), ("x = 7;", {"silent": True}), ("x = 8;", {"store_history": False}), ("x + 1", {})):
            reply, messages = kernel.run(code, **options)
            assert reply["status"] == "ok"
        assert reply["execution_count"] == 2, reply
        assert kernel.reply(kernel.client.history(hist_access_type="tail", n=10))["history"] == [[0, 1, "var x = 1;"], [0, 2, "x + 1"]]
        assert kernel.reply(kernel.client.history(hist_access_type="tail", n=1))["history"] == [[0, 2, "x + 1"]]
        assert kernel.reply(kernel.client.history(hist_access_type="range", session=0, start=1, stop=2))["history"] == [[0, 1, "var x = 1;"]]
        assert kernel.reply(kernel.client.history(hist_access_type="search", pattern="x*", output=True, n=5))["history"] == [[0, 2, ["x + 1", None]]]


def comms_are_refused_politely():
    with Kernel(DATA) as kernel:
        session = kernel.client.session
        opened = session.msg("comm_open", {"comm_id": "c1", "target_name": "jupyter.widget", "data": {}})
        kernel.client.shell_channel.send(opened)
        closed = kernel.published(opened["header"]["msg_id"])
        assert closed[0]["msg_type"] == "comm_close" and closed[0]["content"]["comm_id"] == "c1", closed
        assert kernel.reply(kernel.client.comm_info())["comms"] == {}
        for kind in ("comm_msg", "comm_close", "strange_request"):
            kernel.client.shell_channel.send(session.msg(kind, {"comm_id": "c1", "data": {}}))
        assert kernel.shown("1") == "1"


def messages_with_a_wrong_signature_are_ignored():
    with Kernel(DATA) as kernel:
        info = kernel.manager.get_connection_info()
        socket = zmq.Context.instance().socket(zmq.DEALER)
        socket.connect(f"tcp://{info['ip']}:{info['shell_port']}")
        forged = kernel.client.session.clone()
        forged.key = b"another key"
        forged.send(socket, "execute_request", {"code": "System.Environment.Exit(3)", "silent": False})
        socket.send_multipart([b"<IDS|MSG>", b"", b"{}"])
        socket.send_multipart([b"nonsense"])
        assert socket.poll(1500) == 0
        socket.close(0)
        assert kernel.shown("1") == "1" and kernel.manager.is_alive()


def two_kernels_run_at_once():
    with Kernel(DATA) as one, Kernel(DATA) as two:
        train = KIT + "using TorchSharp;\nKit.Start();\nvar sum = torch.ones(1000).sum().item<float>();\nSystem.Threading.Thread.Sleep(500);"
        sent = one.client.execute(train), two.client.execute(train.replace("1000", "2000"))
        assert one.reply(sent[0])["status"] == "ok" and two.reply(sent[1])["status"] == "ok"
        assert (one.shown("sum"), two.shown("sum")) == ("1000", "2000")


def restart_forgets_and_shutdown_ends():
    with Kernel(DATA) as kernel:
        kernel.run("var x = 1;")
        kernel.client.stop_channels()
        kernel.manager.restart_kernel(now=False)
        kernel.connect()
        reply, _ = kernel.run("x")
        assert (reply["ename"], reply["execution_count"]) == ("CompilationError", 1), reply
        kernel.manager.shutdown_kernel(now=False)
        assert not kernel.manager.is_alive()


def shutdown_ends_a_kernel_that_computes():
    with Kernel(DATA) as kernel:
        sent = kernel.client.execute(KIT + 'using TorchSharp;\nKit.Start();\nvar a = torch.randn(500, 500);\nConsole.WriteLine("computing");\nwhile (true)\n    a.mm(a).Dispose();')
        kernel.wait_for("computing", sent)
        kernel.manager.shutdown_kernel(now=False)
        assert not kernel.manager.is_alive()


def native_abort_is_a_dead_kernel():
    notebook = nbformat.v4.new_notebook(cells=[
        nbformat.v4.new_code_cell("var x = 1;"),
        nbformat.v4.new_code_cell('[System.Runtime.InteropServices.DllImport("libc")]\nstatic extern void abort();\nabort();'),
    ])
    try:
        NotebookClient(notebook, kernel_name="align", timeout=TIMEOUT).execute()
    except DeadKernelError:
        return
    raise AssertionError("the kernel did not die, or nobody noticed")


def kernel_ends_with_the_server_that_started_it():
    script = f"import sys; sys.path.insert(0, {os.path.dirname(__file__)!r})\nimport os\nfrom kernel import Kernel\nk = Kernel({DATA!r}); k.__enter__()\nprint(k.shown('Environment.ProcessId'), flush=True)\nos._exit(0)"
    out = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, timeout=TIMEOUT, env={**os.environ, "JPY_PARENT_PID": "1"})
    pid = int(out.stdout)
    for _ in range(100):
        if not os.path.exists(f"/proc/{pid}") or open(f"/proc/{pid}/stat").read().split()[2] == "Z":
            return
        time.sleep(0.1)
    raise AssertionError("the kernel outlived its server")


def notebooks_execute_under_nbconvert():
    paths = sorted(glob.glob(os.path.join(ROOT, "notebooks", "*.ipynb"))) + sorted(glob.glob(os.path.join(TESTS, "Samples", "*.ipynb")))
    assert paths
    with tempfile.TemporaryDirectory() as folder:
        # The copies find ../data where the originals do.
        os.symlink(os.path.join(ROOT, "data"), os.path.join(folder, "data"))
        copies = os.path.join(folder, "notebooks")
        os.mkdir(copies)
        for path in paths:
            notebook = nbformat.read(path, 4)
            for cell in notebook.cells:
                for name, value in cell.metadata.get("align", {}).get("quick", {}).items():
                    cell.source, count = re.subn(rf"(\b{name}\s*=\s*)[^;,]+", lambda m: m[1] + json.dumps(value), cell.source)
                    assert count == 1, (path, name)
            copy = os.path.join(copies, os.path.basename(path))
            nbformat.write(notebook, copy)
            run = subprocess.run(
                [sys.executable, "-m", "nbconvert", "--to", "notebook", "--inplace", "--execute", "--ExecutePreprocessor.kernel_name=align", f"--ExecutePreprocessor.timeout={5 * TIMEOUT}", copy],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            assert run.returncode == 0, run.stdout
            executed = nbformat.read(copy, 4)
            nbformat.validate(executed)
            assert any(cell.get("outputs") for cell in executed.cells), path


def failing_notebook_fails_under_nbconvert_with_cell_and_line():
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(
            [sys.executable, "-m", "nbconvert", "--to", "notebook", "--execute", "--ExecutePreprocessor.kernel_name=align", "--output-dir", folder, os.path.join(TESTS, "Broken", "throws.ipynb")],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert run.returncode != 0 and "ArgumentException: no values" in run.stdout and "cell [3], line 2" in run.stdout, run.stdout


def main():
    cases = [value for value in globals().values() if callable(value) and getattr(value, "__module__", "") == "__main__" and value is not main]
    only = sys.argv[3:]
    failed = 0
    chosen = [case for case in cases if not only or case.__name__ in only]
    for case in chosen:
        start = time.monotonic()
        try:
            case()
            print(f"passed  {case.__name__} ({time.monotonic() - start:.1f} s)", flush=True)
        except Exception:
            failed += 1
            print(f"FAILED  {case.__name__}\n{traceback.format_exc()}", flush=True)
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed or not chosen else 0


sys.exit(main())
