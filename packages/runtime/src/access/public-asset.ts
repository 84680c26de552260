/**
 * What the login page needs, and nothing else: files of the build and the icon. Next.js decodes and
 * tidies paths before it looks, so only names that it can't read as anything else are let through;
 * Turbopack names some files with square brackets or an @, which browsers encode.
 */
const SEGMENT = /^(?!\.)[\w@~()[\].+-]+$/;

export function isPublicAsset(url: string): boolean {
  const [path = ""] = url.split("?", 1);
  if (path === "/icon.svg" || path === "/favicon.ico") return true;
  const [root, next, files, ...segments] = path
    .replace(/%(?:40|5B|5D)/gi, decodeURIComponent)
    .split("/");
  return (
    root === "" &&
    next === "_next" &&
    files === "static" &&
    segments.length > 0 &&
    segments.every((segment) => SEGMENT.test(segment))
  );
}
