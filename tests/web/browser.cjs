// node browser.cjs PAGE CHROMIUM NATIVE [SCREENSHOT]: the page in the folder PAGE, served as static files
// and used in a headless Chromium as a visitor would: what it draws, what it says of wrong values, what
// it asks of the network. NATIVE is the program of numbers.cpp.
"use strict";
const {spawn, spawnSync} = require("child_process");
const fs = require("fs");
const http = require("http");
const os = require("os");
const path = require("path");

const [page, , native] = process.argv.slice(2).map((each) => path.resolve(each));
const [, chromium, , screenshot] = process.argv.slice(2);
const kinds = {".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".wasm": "application/wasm"};

// As `python3 -m http.server` serves a folder.
function serve(folder) {
    const server = http.createServer((request, answer) => {
        const name = request.url.split("?")[0];
        const file = path.join(folder, name === "/" ? "index.html" : path.basename(name));
        if (!fs.existsSync(file)) return answer.writeHead(404).end();
        answer.writeHead(200, {"Content-Type": kinds[path.extname(file)] ?? "application/octet-stream"});
        fs.createReadStream(file).pipe(answer);
    });
    return new Promise((settle) => server.listen(0, "127.0.0.1", () => settle(server)));
}

// Chromium's own protocol, by a pair of pipes: messages of JSON that end with a zero byte.
class browser {
    constructor(folder) {
        this.asked = new Map();
        this.requests = [];
        this.faults = [];
        this.process = spawn(chromium, ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            "--remote-debugging-pipe", "--disable-dev-shm-usage", "--no-first-run", `--user-data-dir=${folder}`],
            {stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"]});
        let rest = "";
        this.process.stdio[4].on("data", (bytes) => {
            const parts = (rest + bytes).split("\0");
            rest = parts.pop();
            parts.forEach((each) => this.hear(JSON.parse(each)));
        });
        this.process.on("exit", () => this.asked.forEach(({refuse}) => refuse(new Error("the browser ended"))));
    }

    hear(message) {
        if (message.method === "Network.requestWillBeSent") this.requests.push(message.params.request.url);
        if (message.method === "Runtime.exceptionThrown")
            this.faults.push(message.params.exceptionDetails.exception?.description ?? "an exception");
        const waiting = this.asked.get(message.id);
        if (!waiting) return;
        this.asked.delete(message.id);
        if (message.error) waiting.refuse(new Error(message.error.message));
        else waiting.settle(message.result);
    }

    ask(method, params = {}) {
        const id = this.asked.size + (this.count = (this.count ?? 0) + 1) * 1000;
        const sent = {id, method, params, ...(this.session ? {sessionId: this.session} : {})};
        this.process.stdio[3].write(JSON.stringify(sent) + "\0");
        return new Promise((settle, refuse) => this.asked.set(id, {settle, refuse}));
    }

    async open(url) {
        this.session = undefined;
        const {targetId} = await this.ask("Target.createTarget", {url: "about:blank"});
        this.session = (await this.ask("Target.attachToTarget", {targetId, flatten: true})).sessionId;
        await this.ask("Network.enable");
        await this.ask("Runtime.enable");
        await this.ask("Page.enable");
        await this.ask("Page.navigate", {url});
        await this.until("document.readyState === 'complete'");
    }

    // The value of an expression in the page, which may be a promise.
    async value(expression) {
        const {result, exceptionDetails} = await this.ask("Runtime.evaluate",
            {expression, awaitPromise: true, returnByValue: true});
        if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? expression);
        return result.value;
    }

    async until(expression, seconds = 300) {
        for (const end = Date.now() + 1000 * seconds; Date.now() < end;) {
            if (await this.value(expression)) return;
            await new Promise((settle) => setTimeout(settle, 50));
        }
        const status = await this.value("document.getElementById('status').textContent");
        throw new Error(`waited in vain for ${expression}; the page says: ${status}`);
    }

    async picture(file) {
        const {data} = await this.ask("Page.captureScreenshot", {format: "png"});
        fs.writeFileSync(file, Buffer.from(data, "base64"));
    }
}

let wrong = 0;

function say(right, what) {
    if (!right) ++wrong;
    console.log(`${right ? "right" : "WRONG"}  ${what}`);
}

const set = (values) => `Object.entries(${JSON.stringify(values)}).forEach(([name, value]) => {
    const field = document.getElementById("options").elements[name];
    field.value = value;
    field.dispatchEvent(new Event("change", {bubbles: true}));
})`;
const press = (id) => `document.getElementById("${id}").click()`;
const text = (id) => `document.getElementById("${id}").textContent`;
const over = "!running";

async function walk(b, values) {
    await b.value(set(values));
    await b.value(press("start"));
    await b.until(over);
}

// The canvas against the native program's numbers, in grey levels.
async function compare(b, words, columns, by_class) {
    const file = path.join(os.tmpdir(), `fokker-web-${process.pid}`);
    const ran = spawnSync(native, [file, ...words], {encoding: "utf8"});
    if (ran.status !== 0) return say(false, `the native program says: ${ran.stderr}`);
    const bytes = fs.readFileSync(file);
    fs.unlinkSync(file);
    const all = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    const wanted = all.subarray(all.length / 2);
    const shown = await b.value(`(() => {
        const c = document.getElementById("sheet");
        const {data, width} = c.getContext("2d").getImageData(0, 0, c.width, c.height);
        return {width, grey: Array.from({length: data.length / 4}, (_, i) => data[4 * i])};
    })()`);
    const count = wanted.length / 784, rows = Math.ceil(count / columns);
    let largest = 0;
    for (let n = 0; n < count; ++n) {
        const left = 28 * (by_class ? Math.floor(n / rows) : n % columns);
        const top = 28 * (by_class ? n % rows : Math.floor(n / columns));
        for (let i = 0; i < 784; ++i) {
            const grey = Math.min(255, Math.max(0, 127.5 * (wanted[784 * n + i] + 1)));
            const found = shown.grey[(top + Math.floor(i / 28)) * shown.width + left + (i % 28)];
            const apart = Math.abs(found - grey);
            if (!(apart <= largest)) largest = apart;
        }
    }
    // Half a level of rounding, and 1e-3 of the numbers.
    say(largest <= 0.5 + 0.1275 + 1e-3, `${words.join(" ")}: ${count} pictures on the canvas, ` +
        `${largest.toFixed(2)} grey levels from the native numbers at most`);
}

const mistakes = [
    [{steps: "0"}, "--steps"], [{steps: "1001"}, "--steps"], [{steps: ""}, "--steps: there is no number"],
    [{seed: "-1"}, "-1 is negative"], [{seed: "seven"}, "--seed"], [{count: "0"}, "--count"],
    [{guidance: "0", class: "bag"}, "does not hear of classes"],
    [{sampler: "fitted", steps: "25"}, "no solver was fitted for 25 steps"],
    [{sampler: "ddim", "--eta": "2"}, "eta"],
];
const plain = {sampler: "dpm++2m", grid: "linear trailing", class: "dress", count: "2", steps: "3", guidance: "1",
    seed: "7"};

async function use(b, origin) {
    await b.ask("Emulation.setDeviceMetricsOverride",
        {width: 1180, height: 720, deviceScaleFactor: 1, mobile: false});
    await b.until("!document.getElementById('start').disabled");
    say(true, "the page has loaded");

    await walk(b, plain);
    await compare(b, ["--class=dress", "--count=2", "--steps=3", "--guidance=1", "--seed=7"], 2, false);
    say((await b.value(text("command"))).includes("--seed=7"), "it says the native command");
    await b.until("!document.getElementById('save').hidden");
    const head = await b.value(`fetch(document.getElementById("save").href)
        .then((answer) => answer.arrayBuffer()).then((bytes) => Array.from(new Uint8Array(bytes.slice(0, 8))))`);
    say(String(head) === "137,80,78,71,13,10,26,10", "the link saves a PNG file");

    await walk(b, {...plain, class: "", count: "1", seed: "9223372036854775808", guidance: "1.5"});
    await compare(b, ["--count=1", "--steps=3", "--seed=9223372036854775808"], 10, true);

    for (const [values, sentence] of mistakes) {
        await walk(b, {...plain, sampler: values.sampler ?? plain.sampler});
        await b.value(set(values));
        await b.value(press("start"));
        await b.until("!document.getElementById('error').hidden", 30);
        const said = await b.value(text("error"));
        say(said.includes(sentence) && await b.value("!running"), `${JSON.stringify(values)}: ${said}`);
    }

    // Start twice, and change everything while it walks: the second walk's pictures, as it was asked for.
    await b.value(set({...plain, steps: "300", count: "10"}));
    await b.value(press("start"));
    await b.until("last && last.walk === walk && last.steps === 300 && last.step > 0");
    await b.value(set({...plain, seed: "8", show: "state"}));
    await b.value(press("start"));
    await b.value(set({...plain, class: "", sampler: "ddpm", steps: "5", count: "3", show: "prediction"}));
    await b.ask("Emulation.setDeviceMetricsOverride", {width: 390, height: 844, deviceScaleFactor: 1, mobile: true});
    await b.until(over);
    await compare(b, ["--class=dress", "--count=2", "--steps=3", "--guidance=1", "--seed=8"], 2, false);
    say(await b.value("document.documentElement.scrollWidth <= 390"), "a narrow screen need not be scrolled sideways");

    // Stop, then another walk.
    await b.value(set({...plain, steps: "900", count: "10"}));
    await b.value(press("start"));
    await b.until("last && last.walk === walk && last.steps === 900 && last.step > 0");
    await b.value(press("stop"));
    say(await b.value("!running"), "it stops at once: " + await b.value(text("status")));
    await walk(b, {...plain, sampler: "dpm-adaptive", "--tolerance": "0.5"});
    await compare(b, ["--sampler=dpm-adaptive", "--tolerance=0.5", "--class=dress", "--count=2", "--guidance=1",
        "--seed=7"], 2, false);

    say(b.requests.every((url) => /^(data|blob):/.test(url) || url.startsWith(origin)),
        `${b.requests.length} requests, none to another host`);
    say(b.faults.length === 0, `no exception was left alone: ${b.faults}`);

    await b.ask("Emulation.setDeviceMetricsOverride", {width: 1180, height: 720, deviceScaleFactor: 1, mobile: false});
    await walk(b, {...plain, class: "", count: "3", steps: "25", guidance: "1.5", seed: "1"});
    console.log("       " + await b.value(text("status")));
    if (!screenshot) return;
    await b.picture(screenshot);
    await b.ask("Emulation.setEmulatedMedia", {features: [{name: "prefers-color-scheme", value: "dark"}]});
    await b.picture(screenshot.replace(/\.png$/, "-dark.png"));
}

(async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "fokker-browser-"));
    const server = await serve(page);
    const b = new browser(folder);
    try {
        const origin = `http://127.0.0.1:${server.address().port}/`;
        await b.open(origin);
        await use(b, origin);
        await b.open("file://" + path.join(page, "index.html"));
        await b.until("!document.getElementById('error').hidden", 30);
        say((await b.value(text("error"))).includes("http.server"), "opened as a file it says what to do");
    } catch (problem) {
        say(false, problem.message);
    } finally {
        server.close();
        if (b.process.exitCode === null && b.process.signalCode === null) {
            const ended = new Promise((done) => b.process.once("exit", done));
            b.process.kill();
            await ended;
        }
        // Its other processes write into their folder for a moment longer.
        fs.rmSync(folder, {recursive: true, force: true, maxRetries: 20, retryDelay: 200});
    }
    process.exit(wrong ? 1 : 0);
})();
