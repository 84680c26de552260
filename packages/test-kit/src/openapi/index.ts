export { type CallOptions, type DocumentedAnswer, DocumentedApi } from "./documented-api.ts";
export { type RegisteredRoute, watchRoutes } from "./registered-routes.ts";
export { routeProblems } from "./route-problems.ts";
