export async function test(_: { root: string; startedAt: number }): Promise<number> {
  return 1;
}
