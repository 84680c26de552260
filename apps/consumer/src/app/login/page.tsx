import { LoginPage, type PageQuery } from "@taskpulse/ui";
import { readPageRequest } from "@taskpulse/ui/page-request";
import type { Metadata } from "next";

export const metadata: Metadata = { title: "Sign in: Tasks Consumer" };

export default async function Login({ searchParams }: PageQuery) {
  const { next } = await searchParams;
  const { loginProblem } = await readPageRequest();
  return (
    <LoginPage
      title="Tasks Consumer"
      next={typeof next === "string" ? next : "/"}
      problem={loginProblem}
    />
  );
}
