/**
 * What shows nothing itself and may change what is shown: controls of bidirectional text, which make
 * `txt.exe` read as `exe.txt` (Boucher and Anderson, "Trojan Source", 2021), characters of no width, tags,
 * control characters. Line feeds and tabs are white space as everywhere in HTML.
 */
const HIDDEN = /[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Zl}\p{Zp}\p{Cs}\uFFF9-\uFFFB]/gu;
const WHITE_SPACE = /^[\t\n\r]$/;

/** Joiners are part of how these scripts are written (RFC 5892, appendix A.1 and A.2), and of emoji. */
const JOINER = /^[\u200C\u200D]$/;
const JOINED =
  /[\p{sc=Arab}\p{sc=Syrc}\p{sc=Mong}\p{sc=Deva}\p{sc=Beng}\p{sc=Guru}\p{sc=Gujr}\p{sc=Orya}\p{sc=Taml}\p{sc=Telu}\p{sc=Knda}\p{sc=Mlym}\p{sc=Sinh}]/u;
const EMOJI_START = /^\p{Extended_Pictographic}/u;
const EMOJI_END = /[\p{Extended_Pictographic}\p{Emoji_Modifier}]\uFE0F?$/u;

/** Variation selectors choose the look of an emoji, of a keycap's digit, or of a Han character. */
const SELECTOR = /^[\uFE0E\uFE0F\u{E0100}-\u{E01EF}]$/u;
const SELECTABLE = /[\p{Emoji}\p{sc=Han}]$/u;

/**
 * The text with everything hidden in it written out as JSON does: `\u202e`. So JSON stays the same
 * JSON. What belongs to emoji and to the scripts of the world stays.
 */
export function visibleText(text: string): string {
  return text.replace(HIDDEN, (hidden, at: number) => {
    const before = text.slice(Math.max(0, at - 4), at);
    const after = text.slice(at + hidden.length, at + hidden.length + 2);
    if (WHITE_SPACE.test(hidden) || belongs(hidden, before, after)) return hidden;
    return hidden.replace(
      /[\s\S]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
  });
}

function belongs(hidden: string, before: string, after: string): boolean {
  if (SELECTOR.test(hidden)) return SELECTABLE.test(before);
  if (!JOINER.test(hidden)) return false;
  const isEmoji = EMOJI_END.test(before) && EMOJI_START.test(after);
  return isEmoji || (JOINED.test(before) && JOINED.test(after));
}
