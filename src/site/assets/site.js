"use strict";
/* Tables that sort and filter, a search, where a package is used. Data comes in as scripts, which call site.take(): a page that is a file may read nothing else. */
const site = (() => {
	const SHOWN = 50, up = document.body.dataset.up, kind = document.body.dataset.kind;
	const parts = {}, waiting = {};

	/* Names and texts come from others: they only ever become text nodes and attributes' values. */
	const el = (name, attributes, ...children) => {
		const node = document.createElement(name);
		for (const [key, value] of Object.entries(attributes || {})) node.setAttribute(key, value);
		node.append(...children);
		return node;
	};
	const number = (n) => n.toLocaleString("en-US");
	const counted = (n, one, many) => `${number(n)} ${n === 1 ? one : many}`;
	const link = (path, hash) => up + path + (hash ? "#" + hash : "");
	const packageLink = (name) => link("package.html", "n=" + encodeURIComponent(name));

	/* ---- data ---------------------------------------------------------------------- */

	const take = (name, data) => { parts[name] = data; };
	const load = (name) => waiting[name] ||= new Promise((resolve, reject) => {
		const script = el("script", { src: `${up}data/${name}.js` });
		script.addEventListener("load", () => (parts[name] ? resolve(parts[name]) : reject(new Error(`data/${name}.js holds nothing`))));
		script.addEventListener("error", () => reject(new Error(`data/${name}.js cannot be read: is the site whole?`)));
		document.head.append(script);
	});
	const fail = (error) => document.querySelector("main").append(el("p", { class: "alert", role: "alert" }, error.message));

	/* ---- the box on every page ---------------------------------------------------------- */

	const addBox = () => {
		const place = document.getElementById("tosearch");
		if (kind === "search") return;
		const box = el("input", { id: "quick", type: "search", placeholder: "Search  /", "aria-label": "search projects, packages and advisories", autocomplete: "off" });
		box.addEventListener("keydown", (event) => {
			if (event.key === "Enter" && box.value.trim()) location.href = link("search.html", "q=" + encodeURIComponent(box.value.trim()));
		});
		place.replaceWith(box);
	};
	addEventListener("keydown", (event) => {
		if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
		const box = document.getElementById("quick") || document.getElementById("q");
		if (!box) return;
		event.preventDefault();
		box.focus();
		box.select();
	});

	/* ---- tables ---------------------------------------------------------------------------- */

	const keyOf = (row, column) => {
		const cell = row.cells[column], text = cell.dataset.sort ?? cell.textContent.trim(), plain = Number(text.replace(/,/g, ""));
		return text !== "" && !Number.isNaN(plain) ? plain : text.toLowerCase();
	};
	const compare = (a, b) => (typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : typeof a === "number" ? -1 : 1);
	const makeSortable = (table) => {
		const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
		heads.forEach((head, column) => {
			if (!head.textContent) return;
			const button = el("button", { type: "button" }, head.textContent);
			button.addEventListener("click", () => {
				const now = head.getAttribute("aria-sort"), down = now ? now === "ascending" : head.classList.contains("number");
				const rows = [...body.rows].map((row, index) => ({ row, index, key: keyOf(row, column) }));
				rows.sort((a, b) => (down ? -1 : 1) * compare(a.key, b.key) || a.index - b.index);
				body.append(...rows.map((one) => one.row));
				heads.forEach((other) => other.removeAttribute("aria-sort"));
				head.setAttribute("aria-sort", down ? "descending" : "ascending");
			});
			head.replaceChildren(button);
		});
	};
	const makeFilter = (table) => {
		const rows = [...table.tBodies[0].rows];
		if (rows.length < 10) return;
		const texts = rows.map((row) => row.textContent.toLowerCase());
		const field = el("input", { type: "search", placeholder: "filter", "aria-label": "filter the rows of this table", autocomplete: "off" });
		const count = el("small", { class: "soft", role: "status" });
		field.addEventListener("input", () => {
			const wanted = field.value.toLowerCase();
			let shown = 0;
			rows.forEach((row, i) => { row.hidden = !texts[i].includes(wanted); shown += !row.hidden; });
			count.textContent = wanted ? ` ${number(shown)} of ${number(rows.length)} on this page` : "";
		});
		table.parentNode.before(el("div", { class: "filter" }, field, count));
	};

	/* ---- a project's packages ------------------------------------------------------------------ */

	/* Names in their order, each by how much of the one before it begins with, and what is different; `width` values for each. */
	const expand = (list, width) => {
		const out = [];
		let name = "";
		for (let i = 0; i < list.length; i += width) {
			name = name.slice(0, list[i]) + list[i + 1];
			out.push([name, ...list.slice(i + 2, i + width)]);
		}
		return out;
	};
	const packageItem = (name, rest) => el("li", {}, el("a", { href: packageLink(name) }, name), ` ${rest}`);
	/* "12,3d,-1": each the step from the number before; in which file a number's name is, `lists` says. */
	const nameNumbers = async (text) => {
		const { lists } = await load("where");
		let number = 0;
		const wanted = text.split(",").map((step) => [number += parseInt(step, 10), step.endsWith("d")]);
		const fileOf = (n) => { let at = lists.length - 1; while (lists[at] > n) at--; return at; };
		const names = new Map();
		await Promise.all([...new Set(wanted.map(([n]) => fileOf(n)))].map(async (file) => {
			let n = lists[file];
			for (const [name, versions] of expand(await load(`packages-${file}`), 3)) for (const version of versions) names.set(n++, [name, version]);
		}));
		return wanted.map(([n, dev]) => [...names.get(n), dev]);
	};
	const makeLinks = (details) => details.addEventListener("toggle", async () => {
		const text = details.querySelector("pre"), numbers = details.querySelector("[data-packages]");
		if (text) text.replaceWith(el("ul", {}, ...text.textContent.split("\n").filter(Boolean).map((line) => {
			const space = line.indexOf(" ");
			return packageItem(line.slice(0, space), line.slice(space + 1));
		})));
		if (!numbers) return;
		const named = await nameNumbers(numbers.dataset.packages).catch(fail);
		if (named) numbers.replaceWith(el("ul", {}, ...named.map(([name, version, dev]) => packageItem(name, version + (dev ? " dev" : "")))));
	});

	/* ---- search ------------------------------------------------------------------------------------ */

	/* What begins with it first, then words that do, then the rest. */
	const rank = (text, wanted) => {
		const at = text.indexOf(wanted);
		return at < 0 ? -1 : text === wanted ? 0 : at === 0 ? 1 : /[-/@._ ]/.test(text[at - 1]) ? 2 : 3;
	};
	const find = (list, wanted, texts) => {
		const hits = [];
		for (const one of list) {
			let best = -1;
			for (const text of texts(one)) {
				const value = rank(text.toLowerCase(), wanted);
				if (value >= 0 && (best < 0 || value < best)) best = value;
			}
			if (best >= 0) hits.push([best, one]);
		}
		return hits;
	};
	const showHits = (place, title, hits, order, row) => {
		if (!hits.length) return;
		hits.sort((a, b) => a[0] - b[0] || order(a[1], b[1]));
		const list = el("ul", { class: "hits" }, ...hits.slice(0, SHOWN).map(([, one]) => el("li", {}, row(one))));
		place.append(el("h2", {}, `${title} `, el("small", {}, number(hits.length))), list);
		if (hits.length > SHOWN) place.append(el("p", { class: "note" }, `and ${number(hits.length - SHOWN)} more: write more of it`));
	};
	const startSearch = async () => {
		const field = el("input", { id: "q", type: "search", placeholder: "a project, a package, an advisory, an owner", "aria-label": "search", autocomplete: "off", spellcheck: "false" });
		const results = document.getElementById("results");
		document.getElementById("search").append(field);
		field.focus();
		const [projects, advisories, list, { keys }] = await Promise.all(["projects", "advisories", "names", "where"].map(load));
		const pages = new Map(keys), names = expand(list, 3).map(([name, used]) => ({ name, used, key: pages.get(name) }));
		const show = () => {
			const text = field.value.trim(), wanted = text.toLowerCase();
			results.replaceChildren();
			try { history.replaceState(null, "", text ? "#q=" + encodeURIComponent(text) : location.pathname); } catch { /* a page without an address of its own */ }
			document.body.dataset.searched = text;
			if (!wanted) {
				results.append(el("p", { class: "note" }, `${counted(projects.length, "project", "projects")}, ${counted(names.length, "package", "packages")}, ` +
					`${counted(advisories.length, "advisory", "advisories")}.`));
				return;
			}
			showHits(results, "Projects", find(projects, wanted, ([name, , owner]) => [name, owner]), (a, b) => b[3] - a[3] || b[4] - a[4],
				([name, key, owner, now, wait]) => el("a", { href: link(`p/${key}.html`) }, el("b", {}, name),
					el("small", {}, [owner, now && `${number(now)} to deal with now`, wait && `${number(wait)} can wait`].filter(Boolean).join(" · "))));
			showHits(results, "Packages", find(names, wanted, ({ name }) => [name]), (a, b) => b.used - a.used,
				({ name, used, key }) => el("a", { href: packageLink(name) }, el("b", {}, name),
					el("small", {}, counted(used, "project has it", "projects have it") + (key ? " · advisories" : ""))));
			showHits(results, "Advisories", find(advisories, wanted, ([id, , , title, aliases]) => [id, aliases, title]), (a, b) => b[5] - a[5],
				([id, key, severity, title, , now]) => el("a", { href: link(`a/${key}.html`) }, el("b", {}, id), el("span", { class: `severity ${severity === "malware" ? "critical" : severity}` }, severity),
					el("span", {}, title), el("small", {}, counted(now, "project has it", "projects have it"))));
			if (!results.childNodes.length) results.append(el("p", {}, "Nothing here has that in its name."));
		};
		const asked = () => new URLSearchParams(location.hash.slice(1)).get("q") || "";
		field.value = field.value || asked();
		field.addEventListener("input", show);
		addEventListener("hashchange", () => { if (asked() !== field.value.trim()) { field.value = asked(); show(); } });
		/* The arrows go through what was found. */
		addEventListener("keydown", (event) => {
			if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
			const all = [field, ...results.querySelectorAll("a")], at = all.indexOf(document.activeElement);
			const next = all[at + (event.key === "ArrowDown" ? 1 : -1)];
			if (at < 0 || !next) return;
			event.preventDefault();
			next.focus();
		});
		show();
	};

	/* ---- where a package is used --------------------------------------------------------------------- */

	/* Names are in the order of their bytes, which is JavaScript's for those that are written as they are. */
	const isPlain = (text) => /^[!-[\]-~]*$/.test(text);
	const findPackage = async (name) => {
		const { firsts } = await load("where");
		let last = -1;
		while (last + 1 < firsts.length && firsts[last + 1] <= name) last++;
		const shards = isPlain(name) && firsts.every(isPlain) ? (last < 0 ? [] : [last]) : firsts.keys();
		for (const shard of shards) {
			const found = (await load(`where-${shard}`)).find(([one]) => one === name);
			if (found) return found[1];
		}
		return null;
	};
	const startPackage = async () => {
		const name = new URLSearchParams(location.hash.slice(1)).get("n") || "", place = document.getElementById("package");
		const [projects, { keys }, versions] = await Promise.all([load("projects"), load("where"), findPackage(name)]);
		place.replaceChildren(el("h1", {}, name || "Package"));
		document.body.dataset.searched = name;
		if (!versions) {
			place.append(el("p", {}, "No project here has it."));
			return;
		}
		document.title = `${name} - assay fleet`;
		const rows = versions.flatMap(([version, steps]) => {
			let at = 0;
			return steps.map((step) => [projects[at += step], version]);
		});
		const used = new Set(rows.map(([project]) => project)).size, page = new Map(keys).get(name);
		place.append(el("p", { class: "note" }, `${counted(used, "project has it, ", "projects have it, ")}in ${counted(versions.length, "version", "versions")}. `,
			...(page ? [el("a", { href: link(`k/${page}.html`) }, "What advisories say of it")] : [])));
		const body = el("tbody", {}, ...rows.slice(0, 2000).map(([[project, key, owner], version]) => el("tr", {},
			el("td", {}, el("a", { href: link(`p/${key}.html`) }, project)), el("td", {}, version), el("td", {}, owner || el("span", { class: "soft" }, "nobody")))));
		const heads = el("thead", {}, el("tr", {}, ...["project", "version", "owner"].map((head) => el("th", { scope: "col" }, head))));
		const table = el("table", { class: "list" }, heads, body);
		place.append(el("div", { class: "wide" }, table));
		if (rows.length > 2000) place.append(el("p", { class: "note" }, `and ${number(rows.length - 2000)} more: assay who lists all`));
		makeSortable(table);
		makeFilter(table);
	};

	/* ---- the start ---------------------------------------------------------------------------------------- */

	addBox();
	for (const table of document.querySelectorAll("table.list")) {
		makeSortable(table);
		makeFilter(table);
	}
	document.querySelectorAll("details.packages").forEach(makeLinks);
	addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((details) => { details.open = true; }));
	if (kind === "search") startSearch().catch(fail);
	if (kind === "package") {
		startPackage().catch(fail);
		addEventListener("hashchange", () => startPackage().catch(fail));
	}
	return { take };
})();
