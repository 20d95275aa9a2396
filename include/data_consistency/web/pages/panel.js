// The panel on Airflow's home page: a frame with a page of ours, as high as what that says. React is Airflow's own.
const address = new URL("../panel", import.meta.url).href;

function ConsistencyPanel() {
  const { createElement, useState } = globalThis.React;
  const [height, setHeight] = useState(96);
  return createElement("iframe", {
    src: address,
    title: "Data consistency",
    loading: "lazy",
    style: { border: 0, width: "100%", height, colorScheme: "normal", marginBottom: 8 },
    onLoad: (event) => setHeight(event.target.contentDocument.documentElement.scrollHeight),
  });
}

globalThis.AirflowPlugin = ConsistencyPanel;
