/**
 * What shows nothing itself and may change what is shown: controls of bidirectional text, which make
 * `txt.exe` read as `exe.txt` (Boucher and Anderson, "Trojan Source", 2021), characters of no width, tags,
 * control characters. Line feeds and tabs are white space as everywhere in HTML.
 */
const HIDDEN = /[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Zl}\p{Zp}\p{Cs}\uFFF9-\uFFFB]/gu;
const WHITE_SPACE = /^[\t\n\r]$/;

/** Joiners are part of how these scripts are written (RFC 5892, appendix A.1 and A.2), and of emoji. */
const JOINER = /^[\u200C\u200D]$/;
const JOINED_SCRIPTS =
  "\\p{sc=Arab}\\p{sc=Syrc}\\p{sc=Mong}\\p{sc=Deva}\\p{sc=Beng}\\p{sc=Guru}\\p{sc=Gujr}\\p{sc=Orya}\\p{sc=Taml}\\p{sc=Telu}\\p{sc=Knda}\\p{sc=Mlym}\\p{sc=Sinh}";
/** A letter, and the marks upon it, which belong to no script of their own. */
const JOINED_END = new RegExp(`[${JOINED_SCRIPTS}]\\p{M}{0,2}$`, "u");
const JOINED_START = new RegExp(`^[${JOINED_SCRIPTS}]`, "u");
const EMOJI_START = /^\p{Extended_Pictographic}/u;
const EMOJI_END = /[\p{Extended_Pictographic}\p{Emoji_Modifier}]\uFE0F?$/u;

/** Variation selectors choose the look of an emoji or a keycap's digit, and of a Han character. */
const EMOJI_SELECTOR = /^[\uFE0E\uFE0F]$/;
const PICTURE_END = /[\p{Extended_Pictographic}\p{Emoji_Modifier}]$/u;
const KEY_END = /[0-9#*]$/;
const KEYCAP = "\u20E3";
const HAN_SELECTOR = /^[\u{E0100}-\u{E01EF}]$/u;
const HAN_END = /\p{sc=Han}$/u;

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
  if (EMOJI_SELECTOR.test(hidden)) {
    return PICTURE_END.test(before) || (KEY_END.test(before) && after.startsWith(KEYCAP));
  }
  if (HAN_SELECTOR.test(hidden)) return HAN_END.test(before);
  if (!JOINER.test(hidden)) return false;
  const isEmoji = EMOJI_END.test(before) && EMOJI_START.test(after);
  return isEmoji || (JOINED_END.test(before) && JOINED_START.test(after));
}
