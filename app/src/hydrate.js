async (script, wasm) => {
  const part = await import(script);
  await part.default({ module_or_path: wasm });
  part.hydrate();
  for (const island of document.querySelectorAll("leptos-island")) part[island.dataset.component]?.(island);
  document.documentElement.dataset.hydrated = "";
}
