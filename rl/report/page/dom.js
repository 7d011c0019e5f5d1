"use strict";

// el makes an element. Attributes that are functions are listeners; children that are strings become text, never markup.
function el(tag, attributes, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

// svg makes an SVG element.
function svg(tag, attributes, ...children) {
  return filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== undefined && value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((c) => c !== null && c !== undefined));
  return element;
}

// number formats a number with up to six digits.
function number(x) {
  if (x === null || x === undefined || !Number.isFinite(x)) return "–";
  if (x !== 0 && (Math.abs(x) < 1e-4 || Math.abs(x) >= 1e9)) return x.toExponential(3);
  return String(Number(x.toPrecision(6)));
}

// duration formats a number of seconds.
function duration(seconds) {
  if (!seconds) return "–";
  if (seconds < 1) return number(Math.round(seconds * 1e6) / 1e3) + " ms";
  if (seconds < 120) return number(Math.round(seconds * 10) / 10) + " s";
  if (seconds < 7200) return number(Math.round(seconds / 6) / 10) + " min";
  return number(Math.round(seconds / 360) / 10) + " h";
}

function count(n, one, many) {
  return n + " " + (n === 1 ? one : many || one + "s");
}

// isDark reports whether the page is dark: as chosen by the reader, or else as set in the system.
function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

// heat returns the colours of a cell that shows a fraction between 0 and 1: its background, and black or white for the text.
function heat(share) {
  const [low, high] = isDark() ? [[28, 36, 48], [158, 203, 255]] : [[241, 245, 249], [8, 48, 107]];
  const rgb = low.map((c, i) => Math.round(c + (high[i] - c) * Math.max(0, Math.min(1, share))));
  const [r, g, b] = rgb.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  const luminance = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return { background: `rgb(${rgb.join(" ")})`, text: luminance > 0.179 ? "#000" : "#fff" };
}
