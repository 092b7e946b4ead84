/** The little XML that query-protocol answers need: no attributes, no mixed content, one document per answer. */

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** Undoes XML escaping. */
export function unescapeXml(text: string): string {
  return text.replace(/&(#x?[0-9a-fA-F]+|\w+);/g, (whole, name: string) => {
    if (name.startsWith('#x')) return String.fromCodePoint(parseInt(name.slice(2), 16));
    if (name.startsWith('#')) return String.fromCodePoint(parseInt(name.slice(1), 10));
    return ENTITIES[name] ?? whole;
  });
}

/** Escapes text for XML. */
export function escapeXml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

/** Contents of every `<tag>…</tag>`, in document order; elements of the same name must not nest. */
export function xmlElements(xml: string, tag: string): string[] {
  return [...xml.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, 'g'))].map((match) => match[1]!);
}

/** Text of the first `<tag>`; undefined where there is none. */
export function xmlText(xml: string, tag: string): string | undefined {
  const first = xmlElements(xml, tag)[0];
  return first === undefined ? undefined : unescapeXml(first.trim());
}

/** Texts of every `<tag>`. */
export function xmlTexts(xml: string, tag: string): string[] {
  return xmlElements(xml, tag).map((text) => unescapeXml(text.trim()));
}

/** Replaces what every `<tag>…</tag>` holds. */
export function mapXmlElements(xml: string, tag: string, map: (content: string) => string): string {
  return xml.replace(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, 'g'), (_whole, content: string) => `<${tag}>${map(content)}</${tag}>`);
}

/** Sets one child element of a fragment: every present form of it is removed first; undefined only removes. */
export function withXmlChild(fragment: string, tag: string, inner: string | undefined): string {
  const without = fragment.replace(new RegExp(`\\s*<${tag}>[\\s\\S]*?</${tag}>|\\s*<${tag}\\s*/>`, 'g'), '');
  return inner === undefined ? without : `${without}<${tag}>${inner}</${tag}>`;
}
