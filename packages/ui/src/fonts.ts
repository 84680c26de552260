import { GeistMono } from "geist/font/mono";
import { GeistSans } from "geist/font/sans";

/** For the `<html>` element: declares the font variables that `styles.css` reads. */
export const fontVariables = `${GeistSans.variable} ${GeistMono.variable}`;
