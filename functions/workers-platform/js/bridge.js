// What is done on the side of JavaScript because every call across the bridge costs more than the
// work behind it: a statement with all its values, a question to another script with its answer.
//
// Not here: decisions. These functions only carry.

// Runs one statement. Parameters and rows are JSON arrays; an integer beyond 2^53 is none.
export function execute(sql, statement, parameters) {
  const rows = [...sql.exec(statement, ...JSON.parse(parameters)).raw()];
  return rows.length === 0 ? undefined : JSON.stringify(rows);
}

// Calls the object of this name; gives its answer, as the object put it together.
export function ask(objects, name, method, path, traceparent, body) {
  return objects.getByName(name).ask(method, path, traceparent, body);
}

// Sends a request to a script over its service binding.
export async function forward(service, request) {
  return service.fetch(request);
}

// Asks a script over its service binding; gives the status and the whole body.
export async function call(service, method, url, traceparent, authorization, body) {
  const headers = authorization === undefined ? { traceparent } : { traceparent, authorization };
  const response = await service.fetch(url, { method, body, headers });
  return [response.status, await response.arrayBuffer()];
}
