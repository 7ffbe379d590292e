"use strict";
(() => {
	const SVG = "http://www.w3.org/2000/svg";
	const PAGE = 100, NODES = 40, BOXES = 400;
	const WORST = ["critical", "high", "unknown", "medium", "low", "none"];
	const STATES = ["error", "warn", "gap", "info", "carried", "waived"];
	const SOFT = new Set([1, 2, 3, 4]); // edges of development, optional and peer ones
	const KINDS = ["", "dev", "optional", "peer", "optional peer", "", "config"];
	const data = JSON.parse(document.getElementById("data").textContent);
	const byId = (id) => document.getElementById(id);

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

	const count = data.labels.length;
	const out = Array.from({ length: count }, () => []), into = Array.from({ length: count }, () => []);
	const depth = new Array(count).fill(Infinity), via = new Array(count).fill(-1), order = [];
	const worst = new Array(count).fill(WORST.length);
	for (let i = 0; i < data.edges.length; i += 3) {
		const [from, to, kind] = [data.edges[i], data.edges[i + 1], data.edges[i + 2]];
		if (from === to) continue;
		out[from].push([to, kind]);
		into[to].push([from, kind]);
	}
	const reach = (start) => {
		depth[start] = 0;
		const queue = [start];
		for (let i = 0; i < queue.length; i++) {
			order.push(queue[i]);
			for (const [to] of out[queue[i]]) {
				if (depth[to] !== Infinity) continue;
				depth[to] = depth[queue[i]] + 1;
				via[to] = queue[i];
				queue.push(to);
			}
		}
	};
	for (const project of data.projects) if (project.count) reach(project.first);
	const chain = (number) => {
		const path = [];
		for (let at = number; at >= 0; at = via[at]) path.push(at);
		return path;
	};

	/* ---- who brings it in ------------------------------------------------------------- */

	/* Backwards from the packages, the nearest to the root first, each with its shortest way from the root, until enough is drawn. */
	const choose = (targets) => {
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
			const parents = into[queue[i]].map(([from]) => from).filter((from) => depth[from] !== Infinity);
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
		const state = new Map(), sorted = [], edges = [], column = new Map();
		const visit = (number) => {
			state.set(number, 1);
			for (const [to, kind] of out[number]) {
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
		const targets = new Set(numbers), { chosen, left } = choose(numbers), { columns, edges } = arrange(chosen, targets);
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
			const kind = targets.has(number) ? " target" : data.scopes[number] === "own" ? " own" : "";
			picture.append(svg("g", { class: "node" + kind, transform: `translate(${x} ${y})` }, svg("title", {}, data.labels[number]),
				svg("rect", { width: W, height: H, rx: 5 }), svg("text", { x: 8, y: 21 }, cut(data.labels[number], W - 12))));
		}
		const box = el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "who brings it in" }, picture);
		const words = ["The shortest way in is red; dashed: development, optional or peer."];
		if (left) words.push(`At least ${left} more packages bring it in and are not drawn.`);
		box.append(el("p", { class: "note" }, words.join(" ")));
		return box;
	};

	/* ---- the table ----------------------------------------------------------------------- */

	const body = byId("table").tBodies[0];
	const rows = [...body.rows].map((tr, index) => ({ tr, index, numbers: data.rows[index] || [], text: tr.textContent.toLowerCase() }));
	const filters = {}, filterNames = ["q", "state", "severity", "scope", "rule"];
	let shown = PAGE, sorting = { column: -1, down: false };

	const toggleGraph = (row, button) => {
		const open = button.getAttribute("aria-expanded") === "true";
		button.setAttribute("aria-expanded", String(!open));
		if (open) {
			row.graph.remove();
			row.graph = null;
			return;
		}
		row.graph = el("tr", { class: "graph" }, el("td", { colspan: 5 }, drawGraph(row.numbers)));
		row.tr.after(row.graph);
	};
	for (const row of rows) {
		for (const number of row.numbers)
			if (!["waived", "gap"].includes(row.tr.dataset.state)) worst[number] = Math.min(worst[number], WORST.indexOf(row.tr.dataset.severity));
		row.numbers = row.numbers.filter((number) => via[number] >= 0);
		if (!row.numbers.length) continue;
		row.button = el("button", { type: "button", class: "who", "aria-expanded": "false" }, "who brings it in");
		row.button.addEventListener("click", () => toggleGraph(row, row.button));
		row.tr.cells[2].append(el("br"), row.button);
	}

	const matches = (row) => filterNames.every((name) => {
		const wanted = filters[name].value;
		return !wanted || (name === "q" ? row.text.includes(wanted.toLowerCase()) : row.tr.dataset[name] === wanted);
	});
	const remember = () => {
		const words = filterNames.filter((name) => filters[name].value).map((name) => `${name}=${encodeURIComponent(filters[name].value)}`);
		try {
			history.replaceState(null, "", words.length ? "#" + words.join("&") : location.pathname + location.search);
		} catch { /* where the page has no address of its own */ }
	};
	const show = () => {
		let found = 0;
		for (const row of rows) {
			const hit = matches(row);
			found += hit;
			row.tr.hidden = !hit || found > shown;
			if (row.graph) row.graph.hidden = row.tr.hidden;
		}
		byId("count").textContent = `${found} of ${rows.length}`;
		byId("more").replaceChildren();
		if (found <= shown) return;
		const more = el("button", { type: "button" }, `show ${Math.min(found - shown, 10 * PAGE)} more of ${found - shown}`);
		more.addEventListener("click", () => { shown += 10 * PAGE; show(); });
		byId("more").append(more);
	};
	const filter = (changes) => {
		for (const [name, value] of Object.entries(changes)) filters[name].value = value;
		shown = PAGE;
		remember();
		show();
	};

	const values = (name, order) => {
		const there = new Set(rows.map((row) => row.tr.dataset[name]));
		return order ? order.filter((value) => there.has(value)) : [...there].sort();
	};
	const addFilters = () => {
		const words = { q: "text", state: "level", severity: "severity", scope: "scope", rule: "rule" };
		const orders = { state: STATES, severity: WORST };
		for (const name of filterNames) {
			const field = name === "q" ? el("input", { type: "search", autocomplete: "off" })
				: el("select", {}, el("option", { value: "" }, "any"), ...values(name, orders[name]).map((value) => el("option", { value }, value)));
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
		const by = new Map(rows.map((row) => [row, keys[column](row)]));
		rows.sort((a, b) => (sorting.down ? -1 : 1) * compare(by.get(a), by.get(b)) || a.index - b.index);
		for (const row of rows) body.append(row.tr, ...(row.graph ? [row.graph] : []));
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

	const children = Array.from({ length: count }, () => []), size = {}, risk = [...worst];
	size.packages = data.scopes.map((scope) => (scope === "own" ? 0 : 1));
	if (data.bytes) size.bytes = [...data.bytes];
	for (let i = order.length - 1; i >= 0; i--) {
		const number = order[i], parent = via[number];
		if (parent < 0) continue;
		children[parent].push(number);
		for (const kind in size) size[kind][parent] += size[kind][number];
		risk[parent] = Math.min(risk[parent], risk[number]);
	}
	/* Squarified: rows of boxes along the shorter side, as long as they get no thinner by one more. */
	const squarify = (items, x, y, w, h) => {
		const boxes = [], total = items.reduce((sum, item) => sum + item.value, 0);
		const scale = total ? (w * h) / total : 0;
		const thin = (row, sum, side) => Math.max(...[row[0], row[row.length - 1]].map((item) => {
			const a = item.value * scale, s = sum * scale;
			return Math.max((side * side * a) / (s * s), (s * s) / (side * side * a));
		}));
		for (let i = 0; i < items.length;) {
			const side = Math.min(w, h), row = [items[i]];
			let sum = items[i++].value;
			while (i < items.length && thin([...row, items[i]], sum + items[i].value, side) <= thin(row, sum, side)) {
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
		if (view.colour === "scope") return data.scopes[number];
		const level = (whole ? risk : worst)[number];
		return level < WORST.length ? WORST[level] : "clean";
	};
	const items = (number) => {
		const sizes = size[view.by];
		return children[number].map((child) => ({ number: child, value: sizes[child] })).filter((item) => item.value > 0)
			.sort((a, b) => b.value - a.value || a.number - b.number);
	};
	/* A package with others below it: its own box is one of those inside. */
	const inside = (number) => {
		const list = items(number), below = list.reduce((sum, item) => sum + item.value, 0), own = size[view.by][number] - below;
		return own > 0 && list.length ? [...list, { number, value: own, self: true }].sort((a, b) => b.value - a.value || a.number - b.number) : list;
	};
	const drawBox = (box, picture, inner) => {
		const { number, self } = box.item, leaf = self || !children[number].length;
		const kids = !leaf && inner && box.w > 50 && box.h > 36;
		const says = `${data.labels[number]}: ${human(box.item.value)}, ${data.scopes[number]}, ${colour(number, !self)}`;
		const group = svg("g", inner ? { class: "box", tabindex: 0, role: "button", "aria-label": says } : {}, svg("title", {}, says),
			svg("rect", { x: box.x, y: box.y, width: Math.max(0, box.w), height: Math.max(0, box.h), class: "f-" + colour(number, !self && !kids) }));
		if (box.h > 15 && box.w > 28) group.append(svg("text", { x: box.x + 5, y: box.y + 13 }, cut(data.labels[number], box.w - 8)));
		picture.append(group);
		let drawn = 1;
		if (kids) for (const child of squarify(inside(number), box.x + 3, box.y + 18, box.w - 6, box.h - 21)) {
			if (drawn > BOXES / 4 || child.w * child.h < 12) continue;
			drawn += drawBox(child, group, false);
		}
		if (inner) {
			const go = () => { if (leaf) { filter({ q: data.labels[number] }); byId("table").scrollIntoView(); } else { view.at = number; drawMap(true); } };
			group.addEventListener("click", go);
			group.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); go(); } });
		}
		return drawn;
	};
	const drawCrumbs = () => {
		const crumbs = byId("crumbs");
		crumbs.replaceChildren();
		for (const number of chain(view.at).reverse()) {
			const button = el("button", { type: "button" }, data.labels[number]);
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
		const W = 900, H = 380, picture = byId("tree"), list = inside(view.at);
		picture.replaceChildren();
		let drawn = 0, left = 0;
		for (const box of squarify(list, 0, 0, W, H)) {
			if (drawn < BOXES && box.w * box.h >= 12) drawn += drawBox(box, picture, true);
			else left++;
		}
		drawCrumbs();
		drawLegend(picture);
		byId("mapnote").textContent = `${human(size[view.by][view.at])} below ${data.labels[view.at]}, each below the package that brings it by the shortest way.`
			+ (left ? ` ${left} are too small to be drawn here.` : "") + (data.left ? ` ${data.left} lockfiles are too many for this page.` : "");
		if (focus) byId("crumbs").lastChild.focus();
	};
	const choice = (label, options, change) => {
		const field = el("select", {}, ...options.map(([value, words]) => el("option", { value }, words)));
		field.addEventListener("input", () => { change(field.value); drawMap(); });
		return el("label", { class: "note" }, label + " ", field);
	};
	const addMap = () => {
		const projects = data.projects.map((project, i) => [i, project.path, project]).filter(([, , project]) => project.count > 1);
		if (!projects.length) return;
		const section = byId("mapping"), controls = el("div", { class: "crumbs" });
		view.at = projects[0][2].first;
		if (projects.length > 1) controls.append(choice("of", projects, (value) => { view.at = data.projects[value].first; }));
		if (data.bytes) controls.append(choice("by", [["packages", "packages"], ["bytes", "tarballs' size"]], (value) => { view.by = value; }));
		controls.append(choice("colour", [["risk", "worst finding"], ["scope", "scope"]], (value) => { view.colour = value; }));
		section.append(controls, el("div", { id: "crumbs", class: "crumbs" }),
			el("p", { id: "legend", class: "note legend" }), svg("svg", { id: "tree", viewBox: "0 0 900 380", role: "group", "aria-label": "map of the tree" }), el("p", { id: "mapnote", class: "note" }));
		section.hidden = false;
		drawMap();
	};

	/* ---- the start: "#severity=high&q=lodash&open=1" ----------------------------------------- */

	addFilters();
	addSorting();
	addWays();
	addMap();
	const asked = new URLSearchParams(location.hash.slice(1));
	for (const name of filterNames) if (asked.get(name)) filters[name].value = asked.get(name);
	show();
	if (asked.has("open")) {
		const row = rows.filter((one) => !one.tr.hidden && one.button)[Number(asked.get("open")) - 1];
		if (row) toggleGraph(row, row.button);
	}
	addEventListener("beforeprint", () => { shown = Infinity; show(); });
})();
