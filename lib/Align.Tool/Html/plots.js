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
  Plotly.newPlot(live, data, fitted, { ...config, responsive: true, displaylogo: false })
    .then(() => { still.hidden = true; }, () => live.remove());
}

if (window.Plotly) document.querySelectorAll("figure.plot").forEach(figure => near.observe(figure));
