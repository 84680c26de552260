/** What Next.js hands to a page that reads the query of its address. */
export interface PageQuery {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}
