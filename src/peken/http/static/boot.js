// Starts GraphiQL with what the address of the page says, and asks this server and no other.
(function () {
  "use strict";
  const asked = new URLSearchParams(window.location.search);
  const root = document.getElementById("graphiql");
  const page = {
    fetcher: GraphiQL.createFetcher({ url: window.location.pathname }),
    query: asked.get("query") || undefined,
    variables: asked.get("variables") || undefined,
    operationName: asked.get("operationName") || undefined,
    defaultQuery: root.dataset.query,
    defaultEditorToolsVisibility: "headers",
    isHeadersEditorEnabled: true,
    // A token typed here is gone with the tab: it is never written to the browser's storage.
    shouldPersistHeaders: false,
  };
  ReactDOM.createRoot(root).render(React.createElement(GraphiQL, page));
})();
