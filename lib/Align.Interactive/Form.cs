using System.Globalization;
using System.Text;
using Align.Annotation;
using Align.Interactive.Drawing;

namespace Align.Interactive;

/// <summary>A person in front of a notebook as an annotator.</summary>
public static class Form
{
    /// <summary>Whether this engine can ask the person; where it cannot, there is <see cref="Of"/>.</summary>
    public static bool CanAsk => Kit.Host is { CanAsk: true };

    /// <summary>Asks question by question: numbered cards with large buttons, and the engine's own line of input, which has the focus. Type a number and Enter, or press a button.</summary>
    /// <remarks>Quits where the engine cannot ask: in a headless run, and under .NET Interactive.</remarks>
    public static Annotator Annotator()
    {
        ILiveDisplay? shown = null;
        return ByHand.Annotator(question =>
        {
            if (!CanAsk) return null;
            var card = new QuestionCard(question);
            if (shown is null) shown = Live.Show(card);
            else shown.Update(card);
            var reply = Kit.Host!.Ask(question.Ask + ": ");
            shown.Update(new QuestionCard(question) { Reply = reply ?? "q" });
            return reply;
        });
    }

    /// <summary>All questions at once as a form that needs no engine: keys or buttons fill it in, and its last field holds what <see cref="Read"/> takes.</summary>
    /// <param name="questions">Such as <see cref="Feedback.Questions"/>.</param>
    public static QuestionForm Of(IEnumerable<Choice> questions) => new([.. questions]);

    /// <summary>What a form yielded, for <see cref="Journal.Take"/>.</summary>
    /// <param name="json">The text of the form's last field; it has quotes in it, so put it between three: <c>Form.Read("""…""")</c>.</param>
    /// <exception cref="AnnotationException">It is not that text.</exception>
    public static IReadOnlyList<Choice> Read(string json) => Choice.Read(json);
}

/// <summary>One question as it is shown.</summary>
[TypeFormatterSource(typeof(HtmlFormats), PreferredMimeTypes = ["text/html", "text/plain"])]
internal sealed record QuestionCard(HandQuestion Question) : IShown
{
    // The buttons type into the line of input that the engine opened, in JupyterLab or the classic notebook.
    private const string Type =
        "(function(v){var a=document.querySelectorAll('input.jp-Stdin-input,.jp-Stdin input,input.raw_input'),i=a[a.length-1];if(!i)return;i.value=v;i.dispatchEvent(new Event('input',{bubbles:true}));"
        + "['keydown','keypress','keyup'].forEach(function(t){i.dispatchEvent(new KeyboardEvent(t,{key:'Enter',code:'Enter',keyCode:13,which:13,bubbles:true}))})})(this.value)";

    public string? Reply { get; init; }

    public string Html
    {
        get
        {
            var html = new StringBuilder($"<div style=\"max-width:60em\"><p>Question {Question.Number}</p><p style=\"white-space:pre-wrap;font-weight:600\">{Words.Escape(Question.Prompt)}</p>");
            for (var i = 0; i < Question.Completions.Count; i++)
            {
                var chosen = Question.Best == i;
                html.Append(CultureInfo.InvariantCulture, $"<div style=\"display:flex;gap:1em;align-items:flex-start;margin:8px 0;padding:8px;border:{(chosen ? "3px solid #0d8068" : "1px solid #9ca3af")};border-radius:6px\">")
                    .Append(Button($"{i + 1}", $"{i + 1}", Question.Best is null ? $"answer {i + 1} is the best" : $"answer {i + 1} is the worst", chosen))
                    .Append(CultureInfo.InvariantCulture, $"<div style=\"white-space:pre-wrap\">{Words.Escape(Question.Completions[i])}</div></div>");
            }

            if (Question.Complaint is { } complaint) html.Append(CultureInfo.InvariantCulture, $"<p role=\"alert\">{Words.Escape(complaint)}</p>");
            html.Append(Reply is { } reply
                ? $"<p>Answered: {Words.Escape(reply)}</p>"
                : $"<p>{Words.Escape(Question.Ask)}</p><p>{Button("s", "skip", "skip this question", false)} {Button("q", "quit", "quit and keep what was answered", false)}</p>");
            return html.Append("</div>").ToString();
        }
    }

    public string Plain => $"{Question.Number}. {Question.Prompt}\n{string.Join("\n", Question.Completions.Select((c, i) => $"[{i + 1}] {c}"))}\n{Question.Complaint}\n{Question.Ask}";

    private string Button(string value, string text, string meaning, bool off) => Reply is not null ? $"<b>{text}</b>"
        : $"<button type=\"button\" value=\"{value}\" aria-label=\"{meaning}\"{(off ? " disabled" : "")} style=\"font-size:1.4em;min-width:2.6em;min-height:2em;cursor:pointer\" onclick=\"{Type}\">{text}</button>";
}

/// <summary>Questions as one form.</summary>
/// <param name="Questions">The questions.</param>
[TypeFormatterSource(typeof(HtmlFormats), PreferredMimeTypes = ["text/html", "text/plain"])]
public sealed record QuestionForm(IReadOnlyList<Choice> Questions) : IShown
{
    private static int _forms;

    string IShown.Html => ToHtml();

    string IShown.Plain => string.Join("\n\n", Questions.Select((q, n) => $"{n + 1}. {q.Prompt}\n{string.Join("\n", q.Order.Select((o, i) => $"[{i + 1}] {q.Completions[o]}"))}"));

    /// <summary>The form as an HTML element. Each question takes the focus in turn: 1 … 9 name the best and then the worst, s skips, Backspace begins the question anew.</summary>
    public string ToHtml()
    {
        var id = $"align-form-{Environment.ProcessId}-{Interlocked.Increment(ref _forms)}";
        var html = new StringBuilder($"<form id=\"{id}\" style=\"max-width:60em\" onsubmit=\"return false\">");
        foreach (var (n, question) in Questions.Index())
        {
            html.Append(CultureInfo.InvariantCulture, $"<fieldset tabindex=\"0\" data-question=\"{Words.Escape(question.ToJson())}\" style=\"margin:10px 0;padding:8px;border:1px solid #9ca3af;border-radius:6px\">")
                .Append(CultureInfo.InvariantCulture, $"<legend>{n + 1} of {Questions.Count}</legend><p style=\"white-space:pre-wrap;font-weight:600\">{Words.Escape(question.Prompt)}</p>");
            foreach (var (place, which) in question.Order.Index())
                html.Append(CultureInfo.InvariantCulture, $"<div style=\"display:flex;gap:1em;align-items:flex-start;margin:6px 0\"><button type=\"button\" value=\"{place}\" aria-pressed=\"false\" style=\"font-size:1.4em;min-width:5em;min-height:2em;cursor:pointer\">{place + 1}</button><div style=\"white-space:pre-wrap\">{Words.Escape(question.Completions[which])}</div></div>");
            html.Append("<button type=\"button\" value=\"s\" style=\"font-size:1.1em;min-height:2em\">skip</button></fieldset>");
        }

        return html.Append("<label>Copy this between the three quotes of Form.Read(&quot;&quot;&quot;…&quot;&quot;&quot;):<br><textarea readonly rows=\"4\" style=\"width:100%\" onfocus=\"this.select()\">[]</textarea></label></form>")
            .Append("<script>").Append(Script.Replace("FORM", id, StringComparison.Ordinal)).Append("</script>").ToString();
    }

    private const string Script =
        """
        (function () {
          var form = document.getElementById("FORM"), sets = Array.from(form.querySelectorAll("fieldset")), answers = sets.map(function () { return []; });
          function show() {
            var taken = [];
            sets.forEach(function (set, n) {
              var picked = answers[n], question = JSON.parse(set.dataset.question), two = question.order.length === 2;
              set.querySelectorAll("button").forEach(function (b) {
                var at = b.value === "s" ? -1 : picked.indexOf(Number(b.value)), skipped = picked[0] === "s";
                if (b.value === "s") b.setAttribute("aria-pressed", skipped);
                else { b.textContent = (Number(b.value) + 1) + (at === 0 ? " best" : at === 1 ? " worst" : ""); b.setAttribute("aria-pressed", at >= 0); }
                b.style.outline = at >= 0 || (b.value === "s" && skipped) ? "3px solid #0d8068" : "";
              });
              if (picked[0] === "s") taken.push(question);
              else if (picked.length === 2) { question.best = question.order[picked[0]]; question.worst = question.order[picked[1]]; taken.push(question); }
            });
            form.querySelector("textarea").value = JSON.stringify(taken);
          }
          function pick(n, value) {
            var count = JSON.parse(sets[n].dataset.question).order.length, picked = answers[n];
            if (value === "s") answers[n] = ["s"];
            else if (picked[0] === "s" || picked.length === 2) answers[n] = [value];
            else if (picked.indexOf(value) < 0) picked.push(value);
            if (count === 2 && answers[n].length === 1 && value !== "s") answers[n].push(1 - value);
            show();
            if ((answers[n].length === 2 || value === "s") && sets[n + 1]) sets[n + 1].focus();
          }
          sets.forEach(function (set, n) {
            set.addEventListener("click", function (e) { var b = e.target.closest("button"); if (b) pick(n, b.value === "s" ? "s" : Number(b.value)); });
            set.addEventListener("keydown", function (e) {
              var count = JSON.parse(set.dataset.question).order.length, place = Number(e.key) - 1;
              if (e.ctrlKey || e.altKey || e.metaKey) return;
              if (e.key === "s") pick(n, "s");
              else if (e.key === "Backspace") { answers[n] = []; show(); }
              else if (e.key >= "1" && e.key <= "9" && place < count) pick(n, place);
              else return;
              e.preventDefault(); e.stopPropagation();
            });
          });
        })();
        """;
}
