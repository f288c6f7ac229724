// Draws what the API answers. The table beside it has the same figures, so this may fail quietly.
"use strict";
(() => {
  const place = document.getElementById("explore-chart");
  const status = document.getElementById("explore-status");
  if (!place || !window.echarts) return;
  let chart = null;
  let data = null;

  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const label = (day) => {
    const [year, month, date] = day.split("-").map(Number);
    return data.step === "month" ? `${months[month - 1]} ${year}` : `${date} ${months[month - 1]}`;
  };

  function draw() {
    if (!data) return;
    const ink = token("--ink");
    const soft = token("--ink-soft");
    const line = token("--line");
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    // On a canvas, with the tooltip drawn in it: no style attributes, which the page's policy forbids.
    chart = chart || echarts.init(place, null, { renderer: "canvas" });
    chart.setOption({
      animation: !still,
      color: [1, 2, 3, 4, 5, 6, 7].map((number) => token(`--c${number}`)),
      textStyle: { fontFamily: token("--tblr-font-sans-serif") || "sans-serif", color: ink },
      legend: { show: data.lines.length > 1, type: "scroll", bottom: 0, textStyle: { color: ink }, pageTextStyle: { color: soft }, pageIconColor: ink, pageIconInactiveColor: line },
      grid: { left: 8, right: 12, top: data.measure === "revenue" ? 34 : 16, bottom: data.lines.length > 1 ? 44 : 8, containLabel: true },
      tooltip: { trigger: "axis", renderMode: "richText", confine: true, axisPointer: { type: "shadow" }, backgroundColor: token("--sheet"), borderColor: line, textStyle: { color: ink } },
      xAxis: { type: "category", data: data.starts.map(label), axisLabel: { color: soft, hideOverlap: true }, axisLine: { lineStyle: { color: token("--line-strong") } } },
      yAxis: { type: "value", name: data.measure === "revenue" ? data.currency : "", nameTextStyle: { color: soft, align: "left" }, nameGap: 12, axisLabel: { color: soft }, splitLine: { lineStyle: { color: line } } },
      series: data.lines.map((entry) => ({
        name: entry.title, type: "bar", stack: "all", barMaxWidth: 40,
        data: entry.values.map(Number), emphasis: { focus: "series" },
        itemStyle: { borderColor: token("--sheet"), borderWidth: 1 },
      })),
    }, true);
    place.dataset.drawn = String(data.lines.length);
  }

  fetch(place.dataset.source, { headers: { accept: "application/json" } })
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(String(answer.status)))))
    .then((answer) => { data = answer; draw(); })
    .catch(() => { status.textContent = "The picture could not be drawn. The table below has every figure."; });

  addEventListener("resize", () => chart && chart.resize());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => setTimeout(draw, 50));
  new MutationObserver(draw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
})();
