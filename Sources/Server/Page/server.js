// The one way to the server: JSON in and out, failures with words that a reader understands.

const PATIENCE = 30_000;
const KEEPALIVE_LIMIT = 60_000;

export class Failure extends Error {
  /** `retryAfter`: seconds after which the server wants to be asked again. */
  constructor(reason, { status = 0, code = "", retryAfter = 0 } = {}) {
    super(retryAfter ? `${reason} Wait ${retryAfter} s, then try again.` : reason);
    Object.assign(this, { reason, status, code, retryAfter });
  }
}

/** Calls `/api/v1` + path. A change is finished even if the page is left meanwhile (`keepalive`). */
export async function call(method, path, { query, body, file, signal } = {}) {
  const url = new URL(`/api/v1${path}`, location.origin);
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== null && value !== "") url.searchParams.set(name, value);
  }
  const text = body === undefined ? undefined : JSON.stringify(body);
  const type = text ? "application/json" : file ? "application/octet-stream" : null;
  const limit = AbortSignal.timeout(PATIENCE);
  let response;
  try {
    response = await fetch(url, {
      method,
      body: file ?? text,
      headers: type ? { "Content-Type": type } : {},
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      keepalive: method !== "GET" && !file && (text?.length ?? 0) < KEEPALIVE_LIMIT,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw unreachable(error);
  }
  if (!response.ok) throw await refusal(response);
  return response.status === 204 ? null : response.json();
}

function unreachable(error) {
  if (error.name === "TimeoutError") return new Failure("The server took too long to answer.", { code: "timeout" });
  if (!navigator.onLine) return new Failure("You are offline.", { code: "offline" });
  return new Failure("The server does not answer.", { code: "unreachable" });
}

async function refusal(response) {
  const { error } = await response.json().catch(() => ({}));
  const retryAfter = Number(response.headers.get("Retry-After")) || 0;
  const ours = {
    429: "That was a lot at once.",
    503: "The server is busy or just starting.",
    500: "Something went wrong on the server.",
  };
  const message = ours[response.status] ?? error?.message ?? `The server answered ${response.status}.`;
  return new Failure(message, { status: response.status, code: error?.code, retryAfter });
}

export const isAbort = (error) => error.name === "AbortError";

export const part = encodeURIComponent;
