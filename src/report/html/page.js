"use strict";
(() => {
	const SVG = "http://www.w3.org/2000/svg";
	const PAGE = 100, MORE = 1000, NODES = 40, BOXES = 400;
	const WORST = ["critical", "high", "unknown", "medium", "low", "none"];
	const STATES = ["error", "warn", "gap", "info", "carried", "waived"];
	const SOFT = new Set([1, 2, 3, 4]); // edges of development, optional and peer ones
	const KINDS = ["", "dev", "optional", "peer", "optional peer", "", "config"];
	const byId = (id) => document.getElementById(id);
	/* Opening the page costs what is seen of it: all else is made when somebody looks. */
	const lazily = (make) => { let made; return () => (made ??= make()); };
	const data = lazily(() => JSON.parse(byId("data").textContent));

	/* Names and texts come from others: they only ever become text nodes and attributes' values. */
	const fill = (node, attributes, children) => {
		for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
		for (const child of children) node.append(child);
		return node;
	};
	const el = (name, attributes, ...children) => fill(document.createElement(name), attributes, children);
	const svg = (name, attributes, ...children) => fill(document.createElementNS(SVG, name), attributes, children);
	const cut = (text, width) => {
		const most = Math.max(0, Math.floor(width / 7.3));
		return text.length <= most ? text : most < 3 ? "" : text.slice(0, most - 1) + "…";
	};

	/* ---- the tree ------------------------------------------------------------------- */

	const tree = lazily(() => {
		const { edges, projects, labels } = data(), count = labels.length;
		/* The edges that begin (0) or end (1) at a package: where each stands in `edges`. */
		const edgesBy = (side) => {
			const first = new Int32Array(count + 1), sorted = new Int32Array(edges.length / 3);
			const each = (visit) => { for (let i = 0; i < edges.length; i += 3) if (edges[i] !== edges[i + 1]) visit(edges[i + side], i); };
			each((number) => first[number + 1]++);
			for (let i = 0; i < count; i++) first[i + 1] += first[i];
			const next = first.slice();
			each((number, i) => { sorted[next[number]++] = i; });
			return (number) => sorted.subarray(first[number], first[number + 1]);
		};
		const out = edgesBy(0), into = edgesBy(1);
		const depth = new Array(count).fill(Infinity), via = new Int32Array(count).fill(-1), order = [];
		for (const { first, count: own } of projects) {
			if (!own) continue;
			depth[first] = 0;
			order.push(first);
			for (let i = order.length - 1; i < order.length; i++) for (const edge of out(order[i])) {
				const to = edges[edge + 1];
				if (depth[to] !== Infinity) continue;
				depth[to] = depth[order[i]] + 1;
				via[to] = order[i];
				order.push(to);
			}
		}
		return { count, edges, out, into, depth, via, order };
	});
	const chain = (number) => {
		const path = [];
		for (let at = number; at >= 0; at = tree().via[at]) path.push(at);
		return path;
	};

	/* ---- who brings it in ------------------------------------------------------------- */

	/* Backwards from the packages, the nearest to the root first, each with its shortest way from the root, until enough is drawn. */
	const choose = (targets) => {
		const { edges, into, depth, via } = tree();
		const chosen = new Set(), seen = new Set(targets), queue = [];
		let left = 0;
		const take = (number) => {
			const path = [];
			let at = number;
			for (; at >= 0 && !chosen.has(at) && chosen.size + path.length < NODES; at = via[at]) path.push(at);
			if (chosen.size && (at >= 0 && !chosen.has(at))) return false;
			if (at >= 0 && !chosen.has(at)) left += depth[at] + 1; // the first way alone is longer than a picture
			path.forEach((step) => chosen.add(step));
			return true;
		};
		for (const target of targets) if (take(target)) queue.push(target); else left++;
		for (let i = 0; i < queue.length; i++) {
			const parents = [...into(queue[i])].map((edge) => edges[edge]).filter((from) => depth[from] !== Infinity);
			parents.sort((a, b) => depth[a] - depth[b] || a - b);
			for (const parent of parents) {
				if (seen.has(parent)) continue;
				seen.add(parent);
				if (chosen.has(parent) || take(parent)) queue.push(parent);
				else left++;
			}
		}
		return { chosen, left };
	};
	/* Columns by the longest way from a start; an edge that would close a circle is left out. */
	const arrange = (chosen, targets) => {
		const { edges: all, out, depth } = tree(), state = new Map(), sorted = [], edges = [], column = new Map();
		const visit = (number) => {
			state.set(number, 1);
			for (const edge of out(number)) {
				const [to, kind] = [all[edge + 1], all[edge + 2]];
				if (!chosen.has(to) || targets.has(number) || state.get(to) === 1) continue;
				edges.push([number, to, kind]);
				if (!state.has(to)) visit(to);
			}
			state.set(number, 2);
			sorted.unshift(number);
		};
		[...chosen].sort((a, b) => depth[a] - depth[b] || a - b).forEach((number) => state.has(number) || visit(number));
		const arriving = new Map(sorted.map((number) => [number, []]));
		for (const edge of edges) arriving.get(edge[1]).push(edge[0]);
		for (const number of sorted) column.set(number, Math.max(0, ...arriving.get(number).map((from) => column.get(from) + 1)));
		const columns = [];
		for (const number of sorted) (columns[column.get(number)] ||= []).push(number);
		const place = new Map();
		for (const list of columns) {
			const middle = new Map(list.map((number) => {
				const before = arriving.get(number).map((from) => place.get(from));
				return [number, before.length ? before.reduce((a, b) => a + b, 0) / before.length : 0];
			}));
			list.sort((a, b) => middle.get(a) - middle.get(b) || a - b);
			list.forEach((number, i) => place.set(number, (i + 0.5) / list.length));
		}
		return { columns, edges };
	};
	const drawGraph = (numbers) => {
		const { via } = tree(), { labels, scopes } = data(), targets = new Set(numbers), { chosen, left } = choose(numbers), { columns, edges } = arrange(chosen, targets);
		const W = 176, H = 34, GAP = 48, tall = Math.max(...columns.map((list) => list.length)) * (H + 12);
		const width = columns.length * (W + GAP) - GAP + 4, at = new Map(), shortest = new Set();
		columns.forEach((list, x) => list.forEach((number, y) => {
			at.set(number, [2 + x * (W + GAP), 2 + ((y + 0.5) / list.length) * tall - H / 2]);
		}));
		for (let step = numbers[0]; via[step] >= 0; step = via[step]) shortest.add(via[step] + ">" + step);
		const picture = svg("svg", { width, height: tall + 4, viewBox: `0 0 ${width} ${tall + 4}`, role: "img",
			"aria-label": `${chosen.size} packages by which it comes in` });
		const isShort = ([from, to]) => shortest.has(from + ">" + to);
		for (const edge of [...edges.filter((one) => !isShort(one)), ...edges.filter(isShort)]) {
			const [from, to, kind] = edge;
			const [x, y] = at.get(from), [u, v] = at.get(to), half = (u - x - W) / 2;
			const line = svg("path", { d: `M${x + W} ${y + H / 2}C${x + W + half} ${y + H / 2} ${u - half} ${v + H / 2} ${u} ${v + H / 2}`,
				class: "edge" + (SOFT.has(kind) ? " soft" : "") + (isShort(edge) ? " short" : "") });
			if (KINDS[kind]) line.append(svg("title", {}, KINDS[kind]));
			picture.append(line);
		}
		for (const [number, [x, y]] of at) {
			const kind = targets.has(number) ? " target" : scopes[number] === "own" ? " own" : "";
			picture.append(svg("g", { class: "node" + kind, transform: `translate(${x} ${y})` }, svg("title", {}, labels[number]),
				svg("rect", { width: W, height: H, rx: 5 }), svg("text", { x: 8, y: 21 }, cut(labels[number], W - 12))));
		}
		const box = el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "who brings it in" }, picture);
		const words = ["The shortest way in is red; dashed: development, optional or peer."];
		if (left) words.push(`At least ${left} more packages bring it in and are not drawn.`);
		box.append(el("p", { class: "note" }, words.join(" ")));
		return box;
	};

	/* ---- the table ----------------------------------------------------------------------- */

	/* The page opens with its first rows. The others are text in a <noscript> until somebody filters, sorts, prints or asks for more. */
	const body = byId("table").tBodies[0], rest = byId("rest"), rows = [];
	const total = body.rows.length + (rest ? Number(rest.dataset.rows) : 0);
	const addRow = (tr) => rows.push({ tr, index: rows.length });
	[...body.rows].forEach(addRow);
	const readAll = lazily(() => {
		if (rest) new DOMParser().parseFromString(rest.textContent, "text/html").querySelectorAll("tbody > tr").forEach((tr) => addRow(document.adoptNode(tr)));
		rest?.remove();
		return rows;
	});
	const filters = {}, filterNames = ["q", "state", "severity", "scope", "rule"];
	let shown = PAGE, sorting = { column: -1, down: false };

	const toggleGraph = (row) => {
		const open = row.button.getAttribute("aria-expanded") === "true";
		row.button.setAttribute("aria-expanded", String(!open));
		if (open) {
			row.graph.remove();
			row.graph = null;
			return;
		}
		const numbers = data().rows[row.index], reached = numbers.filter((number) => tree().via[number] >= 0);
		row.graph = el("tr", { class: "graph" }, el("td", { colspan: 5 }, drawGraph(reached.length ? reached : numbers)));
		row.tr.after(row.graph);
	};
	const textOf = (row) => (row.text ??= row.tr.textContent.toLowerCase());
	/* A row gets its button when it is seen first. */
	const dress = (row) => {
		if (row.button || row.tr.dataset.graph === undefined) return row;
		textOf(row);
		row.button = el("button", { type: "button", class: "who", "aria-expanded": "false" }, "who brings it in");
		row.button.addEventListener("click", () => toggleGraph(row));
		row.tr.cells[2].append(el("br"), row.button);
		return row;
	};

	const matches = (row) => filterNames.every((name) => {
		const wanted = filters[name].value;
		return !wanted || (name === "q" ? textOf(row).includes(wanted.toLowerCase()) : row.tr.dataset[name] === wanted);
	});
	const remember = () => {
		const words = filterNames.filter((name) => filters[name].value).map((name) => `${name}=${encodeURIComponent(filters[name].value)}`);
		try {
			history.replaceState(null, "", words.length ? "#" + words.join("&") : location.pathname + location.search);
		} catch { /* where the page has no address of its own */ }
	};
	const show = () => {
		const narrowed = filterNames.some((name) => filters[name].value);
		const hits = narrowed ? readAll().filter(matches) : shown > rows.length ? readAll() : rows;
		const found = narrowed ? hits.length : total, seen = hits.slice(0, shown);
		const nodes = seen.flatMap((row) => (row.graph ? [dress(row).tr, row.graph] : [dress(row).tr]));
		if (nodes.length !== body.rows.length || nodes.some((node, i) => node !== body.rows[i])) body.replaceChildren(...nodes);
		byId("count").textContent = `${found} of ${total}`;
		byId("more").replaceChildren();
		if (found <= shown) return;
		const more = el("button", { type: "button" }, `show ${Math.min(found - shown, MORE)} more of ${found - shown}`), at = seen.length;
		more.addEventListener("click", () => {
			shown += MORE;
			show();
			const next = hits[at] || rows[at]; // whoever came by keyboard goes on there
			next.tr.tabIndex = -1;
			next.tr.focus();
		});
		byId("more").append(more);
	};
	const filter = (changes) => {
		for (const [name, value] of Object.entries(changes)) filters[name].value = value;
		shown = PAGE;
		remember();
		show();
	};

	const addFilters = () => {
		const words = { q: "text", state: "level", severity: "severity", scope: "scope", rule: "rule" };
		for (const name of filterNames) {
			const field = name === "q" ? el("input", { type: "search", autocomplete: "off" })
				: el("select", {}, el("option", { value: "" }, "any"), ...byId("filters").dataset[name].split(" ").map((value) => el("option", { value }, value)));
			field.addEventListener("input", () => filter({}));
			filters[name] = field;
			byId("filters").append(el("label", {}, words[name], field));
		}
		const all = el("button", { type: "button" }, "all");
		all.addEventListener("click", () => filter({ q: "", state: "", severity: "", scope: "", rule: "" }));
		byId("filters").append(all, el("span", { id: "count", role: "status" }));
	};

	const keys = [
		(row) => STATES.indexOf(row.tr.dataset.state),
		(row) => WORST.indexOf(row.tr.dataset.severity) * 1000 - Number(row.tr.dataset.score),
		(row) => row.tr.cells[2].textContent, (row) => row.tr.cells[3].textContent, (row) => row.tr.cells[4].textContent,
	];
	const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
	const sort = (column) => {
		sorting = { column, down: sorting.column === column && !sorting.down };
		const by = new Map(readAll().map((row) => [row, keys[column](row)]));
		rows.sort((a, b) => (sorting.down ? -1 : 1) * compare(by.get(a), by.get(b)) || a.index - b.index);
		[...byId("table").tHead.rows[0].cells].forEach((th, i) => {
			if (i === column) th.setAttribute("aria-sort", sorting.down ? "descending" : "ascending");
			else th.removeAttribute("aria-sort");
		});
		show();
	};
	const addSorting = () => [...byId("table").tHead.rows[0].cells].forEach((th, i) => {
		const button = el("button", { type: "button" }, th.textContent);
		button.addEventListener("click", () => sort(i));
		th.replaceChildren(button);
	});
	/* Each sum is a way to what it counts. */
	const addWays = () => {
		for (const cell of document.querySelectorAll(".matrix .hit, .tile:not(.zero)")) {
			const { scope = "", severity = "", state = "" } = cell.dataset;
			const label = `${cell.textContent.trim()} ${severity} ${scope}`.trim() + ": show";
			const button = el("button", { type: "button", "aria-label": label }, ...cell.childNodes);
			button.addEventListener("click", () => { filter({ q: "", rule: "", state, scope, severity }); byId("findings").scrollIntoView(); });
			cell.replaceChildren(button);
		}
	};

	/* ---- the map ---------------------------------------------------------------------------- */

	/* By package: those that it brings by the shortest way, how much is below it, and the worst finding of it and of all that. */
	const sums = lazily(() => {
		const { count, via, order } = tree(), { scopes, bytes, worst: found } = data();
		const children = Array.from({ length: count }, () => []), worst = new Uint8Array(count).fill(WORST.length), size = {};
		for (let i = 0; i < found.length; i += 2) worst[found[i]] = found[i + 1];
		const risk = worst.slice();
		size.packages = scopes.map((scope) => (scope === "own" ? 0 : 1));
		if (bytes) size.bytes = [...bytes];
		for (let i = order.length - 1; i >= 0; i--) {
			const number = order[i], parent = via[number];
			if (parent < 0) continue;
			children[parent].push(number);
			for (const kind in size) size[kind][parent] += size[kind][number];
			risk[parent] = Math.min(risk[parent], risk[number]);
		}
		return { children, size, worst, risk };
	});
	/* Squarified: rows of boxes along the shorter side, as long as they get no thinner by one more. */
	const squarify = (items, x, y, w, h) => {
		const boxes = [], total = items.reduce((sum, item) => sum + item.value, 0);
		const scale = total ? (w * h) / total : 0;
		const thin = (first, last, sum, side) => Math.max(...[first, last].map((item) => {
			const a = item.value * scale, s = sum * scale;
			return Math.max((side * side * a) / (s * s), (s * s) / (side * side * a));
		}));
		for (let i = 0; i < items.length;) {
			const side = Math.min(w, h), row = [items[i]];
			let sum = items[i++].value;
			while (i < items.length && thin(row[0], items[i], sum + items[i].value, side) <= thin(row[0], row[row.length - 1], sum, side)) {
				sum += items[i].value;
				row.push(items[i++]);
			}
			const thick = (sum * scale) / (side || 1);
			let along = 0;
			for (const item of row) {
				const long = (item.value / sum) * side;
				boxes.push(w >= h ? { item, x, y: y + along, w: thick, h: long } : { item, x: x + along, y, w: long, h: thick });
				along += long;
			}
			if (w >= h) { x += thick; w -= thick; } else { y += thick; h -= thick; }
		}
		return boxes;
	};
	const human = (value) => view.by === "packages" ? `${value} package${value === 1 ? "" : "s"}`
		: value < 1e6 ? `${Math.ceil(value / 1e3)} kB` : `${(value / 1e6).toFixed(1)} MB`;
	const view = { by: "packages", colour: "risk", at: 0, project: 0 };
	const colour = (number, whole) => {
		if (view.colour === "scope") return data().scopes[number];
		const level = (whole ? sums().risk : sums().worst)[number];
		return level < WORST.length ? WORST[level] : "clean";
	};
	const items = (number) => {
		const { children, size } = sums(), sizes = size[view.by];
		return children[number].map((child) => ({ number: child, value: sizes[child] })).filter((item) => item.value > 0)
			.sort((a, b) => b.value - a.value || a.number - b.number);
	};
	/* A package with others below it: its own box is one of those inside. */
	const inside = (number) => {
		const list = items(number), below = list.reduce((sum, item) => sum + item.value, 0), own = sums().size[view.by][number] - below;
		return own > 0 && list.length ? [...list, { number, value: own, self: true }].sort((a, b) => b.value - a.value || a.number - b.number) : list;
	};
	const drawBox = (box, picture, inner) => {
		const { number, self } = box.item, leaf = self || !sums().children[number].length;
		const kids = !leaf && inner && box.w > 50 && box.h > 36;
		const says = `${data().labels[number]}: ${human(box.item.value)}, ${data().scopes[number]}, ${colour(number, !self)}`;
		const group = svg("g", inner ? { class: "box", tabindex: 0, role: "button", "aria-label": says } : {}, svg("title", {}, says),
			svg("rect", { x: box.x, y: box.y, width: Math.max(0, box.w), height: Math.max(0, box.h), class: "f-" + colour(number, !self && !kids) }));
		if (box.h > 15 && box.w > 28) group.append(svg("text", { x: box.x + 5, y: box.y + 13 }, cut(data().labels[number], box.w - 8)));
		picture.append(group);
		let drawn = 1;
		if (kids) for (const child of squarify(inside(number), box.x + 3, box.y + 18, box.w - 6, box.h - 21)) {
			if (drawn > BOXES / 4 || child.w * child.h < 12) continue;
			drawn += drawBox(child, group, false);
		}
		if (inner) {
			const go = () => { if (leaf) { filter({ q: data().labels[number] }); byId("table").scrollIntoView(); } else { view.at = number; drawMap(true); } };
			group.addEventListener("click", go);
			group.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); go(); } });
		}
		return drawn;
	};
	const drawCrumbs = () => {
		const crumbs = byId("crumbs");
		crumbs.replaceChildren();
		for (const number of chain(view.at).reverse()) {
			const button = el("button", { type: "button" }, data().labels[number]);
			if (number === view.at) button.setAttribute("aria-current", "true");
			button.addEventListener("click", () => { view.at = number; drawMap(true); });
			crumbs.append(button);
		}
	};
	const drawLegend = (picture) => {
		const used = new Set([...picture.querySelectorAll("rect")].map((rect) => rect.getAttribute("class").slice(2)));
		const names = view.colour === "scope" ? ["prod", "build", "dev", "unknown", "own"] : [...WORST, "clean"];
		byId("legend").replaceChildren(...names.filter((name) => used.has(name)).map((name) => el("span", {},
			svg("svg", { class: "swatch", "aria-hidden": "true" }, svg("rect", { width: "100%", height: "100%", class: "f-" + name })),
			name === "clean" ? " nothing found" : " " + name)));
	};
	const drawMap = (focus) => {
		/* As wide as it is shown, so that names keep their size; in print it is drawn as it was. */
		const picture = byId("tree"), W = Math.max(320, Math.min(900, Math.round(picture.clientWidth) || 900)), H = 380, list = inside(view.at);
		picture.setAttribute("viewBox", `0 0 ${W} ${H}`);
		picture.replaceChildren();
		let drawn = 0, left = 0;
		for (const box of squarify(list, 0, 0, W, H)) {
			if (drawn < BOXES && box.w * box.h >= 12) drawn += drawBox(box, picture, true);
			else left++;
		}
		drawCrumbs();
		drawLegend(picture);
		byId("mapnote").textContent = `${human(sums().size[view.by][view.at])} below ${data().labels[view.at]}, each below the package that brings it by the shortest way.`
			+ (left ? ` ${left} are too small to be drawn here.` : "") + (data().left ? ` ${data().left} lockfiles are too many for this page.` : "");
		if (focus) byId("crumbs").lastChild.focus();
	};
	const choice = (label, options, change) => {
		const field = el("select", {}, ...options.map(([value, words]) => el("option", { value }, words)));
		field.addEventListener("input", () => { change(field.value); drawMap(); });
		return el("label", { class: "note" }, label + " ", field);
	};
	const addMap = lazily(() => {
		const projects = data().projects.map((project, i) => [i, project.path, project]).filter(([, , project]) => project.count > 1);
		const section = byId("mapping"), controls = el("div", { class: "crumbs" });
		view.at = projects[0][2].first;
		if (projects.length > 1) controls.append(choice("of", projects, (value) => { view.at = data().projects[value].first; }));
		if (data().bytes) controls.append(choice("by", [["packages", "packages"], ["bytes", "tarballs' size"]], (value) => { view.by = value; }));
		controls.append(choice("colour", [["risk", "worst finding"], ["scope", "scope"]], (value) => { view.colour = value; }));
		section.append(controls, el("div", { id: "crumbs", class: "crumbs" }),
			el("p", { id: "legend", class: "note legend" }), svg("svg", { id: "tree", role: "group", "aria-label": "map of the tree" }), el("p", { id: "mapnote", class: "note" }));
		drawMap();
		return section;
	});

	/* ---- the start: "#severity=high&q=lodash&open=1" ----------------------------------------- */

	addFilters();
	addSorting();
	addWays();
	const asked = new URLSearchParams(location.hash.slice(1));
	for (const name of filterNames) if (asked.get(name)) filters[name].value = asked.get(name);
	show();
	if (asked.has("open")) {
		const row = rows.filter((one) => one.button && one.tr.isConnected)[Number(asked.get("open")) - 1];
		if (row) toggleGraph(row);
	}
	/* What the first picture does not need comes behind it. */
	const mapped = byId("mapping");
	if (mapped) {
		mapped.hidden = false;
		requestAnimationFrame(() => setTimeout(addMap));
	}
	addEventListener("beforeprint", () => {
		if (mapped) addMap();
		shown = Infinity;
		show();
	});
})();
