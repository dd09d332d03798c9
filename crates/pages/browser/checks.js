// What must hold of every page, in both colour schemes; evaluates to a list of what does not.
(() => {
  const wrong = [];
  const parse = text => {
    const numbers = text.match(/[\d.]+/g)?.map(Number);
    return numbers && { rgb: numbers.slice(0, 3), alpha: numbers[3] ?? 1 };
  };
  const over = (top, below) => below.map((value, at) => value + (top.rgb[at] - value) * top.alpha);
  const background = element => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.push(parse(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const luminance = rgb => {
    const [r, g, b] = rgb.map(value => value / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const check = (element, colour, least, what) => {
    const parsed = parse(colour);
    if (!parsed) return;
    const behind = background(element);
    const ratio = contrast(over(parsed, behind), behind);
    if (ratio < least) wrong.push(`contrast ${ratio.toFixed(2)} of ${what}, wanted ${least}`);
  };
  for (const details of document.querySelectorAll("details")) details.open = true;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const seen = new Set();
  for (let node; node = walker.nextNode();) {
    const element = node.parentElement;
    if (!node.textContent.trim() || element.closest("script, style, title")) continue;
    const style = getComputedStyle(element), svg = element.closest("svg");
    const colour = svg ? style.fill : style.color;
    const key = `${colour} ${background(svg?.parentElement ?? element)}`;
    if (seen.has(key)) continue;
    seen.add(key);
    check(svg?.parentElement ?? element, colour, 4.5, `text "${node.textContent.slice(0, 20)}"`);
  }
  for (const shape of document.querySelectorAll(".curve, .dots, .mark, .axis, .bar")) {
    const style = getComputedStyle(shape);
    check(shape.closest("svg").parentElement, shape.matches(".bar") ? style.fill : style.stroke, 3, `shape ${shape.getAttribute("class")}`);
  }
  for (const svg of document.querySelectorAll("svg:not([aria-hidden])")) {
    const words = svg.getAttribute("aria-label") ?? "";
    if (svg.getAttribute("role") !== "img" || words.length < 20) wrong.push(`a chart without words: "${words}"`);
    if (/NaN|undefined|Infinity/.test(svg.outerHTML)) wrong.push(`a chart with no number: ${words}`);
  }
  for (const region of document.querySelectorAll(".wide")) {
    const scrolls = region.scrollWidth > region.clientWidth + 1 || region.scrollHeight > region.clientHeight + 1;
    if (scrolls && region.tabIndex < 0) wrong.push("a part that scrolls but cannot be reached by key");
  }
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth + 1) wrong.push(`the page is ${root.scrollWidth} wide on a screen of ${innerWidth}`);
  if (!root.lang || !document.title || !document.querySelector("h1")) wrong.push("no language, title or heading");
  return wrong;
})()
