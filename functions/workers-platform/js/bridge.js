// What is done on the side of JavaScript because every call across the bridge costs more than the
// work behind it: a statement with all its values, a question to another script with its answer.
//
// Not here: decisions. These functions only carry.

// Runs one statement. Parameters and rows are JSON arrays; an integer beyond 2^53 is none.
export function execute(sql, statement, parameters) {
  const rows = [...sql.exec(statement, ...JSON.parse(parameters)).raw()];
  return rows.length === 0 ? undefined : JSON.stringify(rows);
}

// Asks the object of this name.
export function ask(objects, name, method, url, traceparent, body) {
  return call(objects.get(objects.idFromName(name)), method, url, traceparent, body);
}

// Asks an object, or a script over its service binding; gives the status and the whole body.
export async function call(service, method, url, traceparent, body) {
  const response = await service.fetch(url, { method, body, headers: { traceparent } });
  return [response.status, await response.arrayBuffer()];
}

// An answer of the object to `ask`.
export function answer(status, body) {
  return new Response(status === 204 ? null : body, { status });
}
