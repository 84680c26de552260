import type { NextConfig } from "next";

const config: NextConfig = {
  reactStrictMode: true,
  poweredByHeader: false,
  // Types and style are checked by commands of their own, for the whole repository.
  typescript: { ignoreBuildErrors: true },
  devIndicators: false,
  // The pages are opened by address; without this the reload socket is refused there.
  allowedDevOrigins: ["127.0.0.1", "::1"],
};

export default config;
