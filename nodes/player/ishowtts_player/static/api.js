/** The bridge's HTTP calls. Addresses are relative, so that a proxy may put the page anywhere. */

export class ApiError extends Error {
  /** @param {number} status 0 where there was no answer @param {string} message */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** @param {string} path below `api/` */
export const get = (path) => call(path, { method: "GET" });

/** @param {string} path below `api/` @param {object} body */
export const post = (path, body) =>
  call(path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

async function call(path, options) {
  let response;
  try {
    response = await fetch(`api/${path}`, options);
  } catch {
    throw new ApiError(0, "");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiError(response.status, reason(response, answer));
  return answer;
}

function reason(response, answer) {
  const { error } = answer;
  return typeof error === "string" ? error : `${response.status} ${response.statusText}`.trim();
}
