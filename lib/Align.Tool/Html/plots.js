// Each figure is drawn by Plotly when it comes near the screen; until then, and without scripts, its picture stands there.
const near = new IntersectionObserver(entries => {
  for (const entry of entries.filter(entry => entry.isIntersecting)) {
    near.unobserve(entry.target);
    draw(entry.target);
  }
}, { rootMargin: "400px" });

function draw(figure) {
  const { data, layout, config } = JSON.parse(figure.querySelector("script").textContent);
  const still = figure.querySelector(".still");
  const live = document.createElement("div");
  figure.append(live);
  const fitted = { ...layout, autosize: true };
  delete fitted.width;
  if (figure.clientWidth < 480) fitted.font = { ...layout.font, size: 10.5 };
  // Plotly cuts a title that is wider than the figure; words of the page wrap.
  const lines = layout.title.text.split("<br>");
  const title = document.createElement("figcaption");
  title.textContent = new DOMParser().parseFromString(lines.join(" "), "text/html").body.textContent;
  if (title.textContent) {
    fitted.margin = { ...layout.margin, t: layout.margin.t - 24 };
    fitted.height = layout.height - 24;
    live.before(title);
  }
  delete fitted.title;
  Plotly.newPlot(live, data, fitted, { ...config, responsive: true, displaylogo: false })
    .then(() => { still.hidden = true; }, () => { title.remove(); live.remove(); });
}

if (window.Plotly) document.querySelectorAll("figure.plot").forEach(figure => near.observe(figure));
