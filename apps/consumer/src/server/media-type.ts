import type { IncomingHttpHeaders } from "node:http";

const JSON_TYPE = /^application\/(?:[a-z0-9!#$&^_.+-]+\+)?json$/;

/** Null when the body is JSON in UTF-8 as far as its headers say, else one sentence. */
export function mediaTypeProblem(headers: IncomingHttpHeaders): string | null {
  const type = headers["content-type"];
  if (type !== "application/json") {
    const problem = typeProblem(type ?? "");
    if (problem !== null) return problem;
  }
  const coding = headers["content-encoding"];
  const transfer = headers["transfer-encoding"];
  return (coding === undefined || coding === "identity") &&
    (transfer === undefined || transfer.toLowerCase() === "chunked")
    ? null
    : "Send the body uncompressed.";
}

function typeProblem(contentType: string): string | null {
  const [type = "", ...parameters] = contentType.toLowerCase().split(";");
  if (!JSON_TYPE.test(type.trim())) return "Send the body as application/json.";
  for (const parameter of parameters) {
    const [name, value = ""] = parameter.trim().split("=");
    if (name === "charset" && value.replaceAll('"', "") !== "utf-8") {
      return "Send the body in UTF-8.";
    }
  }
  return null;
}
