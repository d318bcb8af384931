async base => {
  const part = await import(`${base}.js`);
  await part.default({ module_or_path: `${base}_bg.wasm` });
  part.hydrate();
  for (const island of document.querySelectorAll("leptos-island")) part[island.dataset.component]?.(island);
  document.documentElement.dataset.hydrated = "";
}
