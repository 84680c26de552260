import type { NextConfig } from "next";

const config: NextConfig = {
  reactStrictMode: true,
  poweredByHeader: false,
  // Types and style are checked by commands of their own, for the whole repository.
  typescript: { ignoreBuildErrors: true },
  devIndicators: false,
};

export default config;
