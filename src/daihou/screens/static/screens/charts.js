// Pictures out of the figures that a page carries: columns stacked by kind, and a rate as a line where one is told.
(() => {
  "use strict";
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--dh-${name}`).trim();
  const draw = (box) => {
    const told = JSON.parse(box.dataset.chart);
    const narrow = box.clientWidth < 520;
    const chart = echarts.getInstanceByDom(box) || echarts.init(box);
    const text = { color: colour("quiet"), fontFamily: getComputedStyle(document.body).fontFamily };
    chart.setOption({
      animation: false,
      textStyle: text,
      legend: { bottom: 0, textStyle: text, itemWidth: 14 },
      tooltip: { trigger: "axis", confine: true, renderMode: "richText" } /* drawn, for the content policy lets no inline style through */,
      grid: { left: 8, right: 8, top: 28, bottom: 34, containLabel: true },
      xAxis: { type: "category", data: told.months.map((one) => (narrow ? one.slice(2) : one)), axisLabel: { ...text, rotate: narrow ? 45 : 0 }, axisTick: { show: false } },
      yAxis: [
        { type: "value", minInterval: 1, axisLabel: text, splitLine: { lineStyle: { color: colour("line") } } },
        { type: "value", show: Boolean(told.rate), min: 0, max: 100, axisLabel: { ...text, formatter: "{value}%" }, splitLine: { show: false } },
      ],
      series: [
        ...told.series.map((one) => ({ name: one.name, type: "bar", stack: "duties", barMaxWidth: 36, data: one.values, itemStyle: { color: colour(one.kind) } })),
        ...(told.rate ? [{ name: told.rate.name, type: "line", yAxisIndex: 1, data: told.rate.values, connectNulls: true, itemStyle: { color: colour("accent") } }] : []),
      ],
    });
    chart.resize();
  };
  const all = () => document.querySelectorAll("[data-chart]").forEach(draw);
  all();
  window.addEventListener("resize", all);
})();
