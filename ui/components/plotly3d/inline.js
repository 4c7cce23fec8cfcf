export default async component => {
  const live = await import(new URL(LIVE, document.baseURI));
  return live.show(component, new URL(PLOTLY, document.baseURI).href);
}
