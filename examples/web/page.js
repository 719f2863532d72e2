// The page: fills its menus from what the library offers, hands a walk to the worker, draws what it
// says.
"use strict";

const form = document.getElementById("options");
const fields = form.elements;
const at = (id) => document.getElementById(id);
const side = 28;

let files;       // the compiled program and the network's files, for each new worker
let offers;      // what the menus have
let worker;
let ready;       // a promise: the worker has said what it offers
let walk = 0;    // the number of the newest walk
let running = false;
let one_class;   // whether it was asked for one class
let last;        // the last message that had pictures

function fail(sentence) {
    at("error").textContent = sentence;
    at("error").hidden = !sentence;
}

async function fetched(name, tell) {
    const answer = await fetch(name);
    if (!answer.ok) throw new Error(`${name}: the server answers ${answer.status}`);
    const parts = [];
    for (const reader = answer.body.getReader();;) {
        const {done, value} = await reader.read();
        if (done) break;
        parts.push(value);
        tell(value.length);
    }
    return new Blob(parts).arrayBuffer();
}

async function load() {
    if (location.protocol === "file:")
        throw new Error("a browser lets no page read files beside it that was opened as a file. " +
            "Start `python3 -m http.server` in this folder, and open http://localhost:8000");
    if (typeof WebAssembly !== "object") throw new Error("this browser has no WebAssembly");
    let bytes = 0;
    const tell = (more) => {
        bytes += more;
        at("status").textContent = `Loading: ${(bytes / 1e6).toFixed(1)} MB`;
    };
    const [program, data] = await Promise.all(
        ["garments.wasm", "garments.data"].map((name) => fetched(name, tell)));
    let module;
    try {
        module = await WebAssembly.compile(program);
    } catch (problem) {
        throw new Error("this browser cannot run the program, which needs the vectors of " +
            `WebAssembly (browsers since 2023 have them): ${problem.message}`);
    }
    files = {module, data};
    fill(await start_worker());
}

// A new worker in the place of the one there is, whatever that one does.
function start_worker() {
    worker?.terminate();
    worker = new Worker("worker.js");
    ready = new Promise((settle, refuse) => {
        worker.onmessage = ({data}) => {
            if (data.offers) settle(data.offers);
            else hear(data);
        };
        worker.onerror = (event) => {
            event.preventDefault();
            refuse(new Error(event.message || "worker.js cannot be loaded"));
        };
        worker.postMessage({files});
    });
    return ready;
}

function add_option(select, value, text) {
    select.append(new Option(text, value));
}

function fill(offered) {
    offers = offered;
    for (const each of offers.samplers)
        if (!each.refusal) add_option(fields.sampler, each.name, each.name);
    for (const schedule of new Set(offers.grids.map((each) => each.schedule))) {
        const group = document.createElement("optgroup");
        group.label = schedule === "linear" ? "steps of the training" : `schedule ${schedule}`;
        for (const each of offers.grids)
            if (each.schedule === schedule)
                group.append(new Option(each.name, `${schedule} ${each.name}`));
        fields.grid.append(group);
    }
    offers.classes.forEach((name) => add_option(fields.class, name, name));
    for (const [name, value] of Object.entries(offers.first)) fields[name].value = value;
    show_sampler();
    at("start").disabled = false;
    at("status").textContent = "Ready";
}

const chosen = () => offers.samplers.find((each) => each.name === fields.sampler.value);

// What the chosen sampler is, and the options that it alone has.
function show_sampler() {
    const s = chosen();
    const calls = s.calls === "-" ? "as many network calls as its tolerance wants"
        : `${s.calls} network ${s.calls === "1" ? "call" : "calls"} a step`;
    at("about").textContent = (s.order ? `order ${s.order}, ` : "") + calls +
        (s.noise ? ", adds noise" : ", no noise on the way");
    fields.grid.disabled = !s.takesGrid;
    fields.steps.disabled = !s.takesSteps;
    at("solver").replaceChildren(...s.options.map((each) => {
        const label = document.createElement("label");
        label.textContent = each.name.slice(2);
        const input = document.createElement("input");
        input.type = "number";
        input.step = "any";
        input.name = each.name;
        input.placeholder = each.value;
        label.append(input);
        return label;
    }));
}

// The command line of the native program.
function words() {
    const result = [];
    const add = (name, value) => {
        // A word that ends with "=" would take the next one for its value.
        if (!value.trim()) throw new Error(`${name}: there is no number in the field`);
        result.push(`${name}=${value.trim()}`);
    };
    add("--sampler", fields.sampler.value);
    if (!fields.steps.disabled) add("--steps", fields.steps.value);
    if (!fields.grid.disabled) {
        const [schedule, grid] = fields.grid.value.split(" ");
        add("--schedule", schedule);
        add("--grid", grid);
    }
    if (fields.class.value) add("--class", fields.class.value);
    for (const name of ["count", "guidance", "seed"]) add(`--${name}`, fields[name].value);
    for (const {name} of chosen().options)
        if (fields[name].value || fields[name].validity.badInput) add(name, fields[name].value);
    return result;
}

const shell_word = (word) => (/^[\w.,:=<>+/-]+$/.test(word) && !/[<>]/.test(word)) ? word
    : `'${word.replaceAll("'", "'\\''")}'`;

async function begin() {
    fail("");
    const asked = words();
    const mine = ++walk;
    one_class = Boolean(fields.class.value);
    // A worker that walks does not hear us: another one takes its place.
    if (running || !worker) start_worker();
    set_running(true);
    at("bar").value = 0;
    at("status").textContent = "Starting";
    at("save").hidden = true;
    at("native").hidden = true;
    at("command").textContent = "examples/run.sh " + asked.map(shell_word).join(" ");
    await ready;
    if (mine === walk) worker.postMessage({words: asked, walk: mine});
}

function set_running(now) {
    running = now;
    at("stop").disabled = !now;
    at("start").textContent = now ? "Start anew" : "Start";
}

function stop() {
    ++walk;
    set_running(false);
    at("status").textContent += ", stopped";
    at("bar").value = 0;
    start_worker().catch((problem) => fail(problem.message));
}

function hear(said) {
    if (said.error !== undefined) {
        if (said.walk !== undefined && said.walk !== walk) return;
        fail(said.error);
        at("status").textContent = "";
        at("bar").value = 0;
        if (said.ended) worker = null;
        set_running(false);
        return;
    }
    if (said.walk !== walk) return;
    if (said.state) {
        last = {...said, one_class};
        draw();
    }
    show_figures(said);
    if (said.done) {
        set_running(false);
        at("native").hidden = false;
        offer_png();
    }
}

function show_figures(said) {
    // Of a walk of one step, which takes as long as its tolerance wants, there is nothing to tell.
    if (said.steps === 1 && !said.done) {
        at("bar").removeAttribute("value");
        at("status").textContent = "Walking";
        return;
    }
    at("bar").value = said.step / said.steps;
    const each = said.step ? said.milliseconds / said.step : 0;
    at("status").textContent = `Step ${said.step} of ${said.steps}` +
        (said.step ? `, ${each.toFixed(each < 10 ? 1 : 0)} ms a step` : "") +
        (said.step ? `, ${(said.milliseconds / said.count).toFixed(1)} ms a picture` +
            (said.done ? "" : " so far") + `, ${said.calls} network call${said.calls === 1 ? "" : "s"} each` : "");
}

// A column for each class, or rows of ten of one class.
function draw() {
    const {count, one_class} = last;
    const columns = Math.min(count, 10);
    const rows = Math.ceil(count / columns);
    const numbers = last.done || fields.show.value === "state" ? last.state : last.prediction;
    const canvas = at("sheet");
    if (canvas.width !== columns * side || canvas.height !== rows * side) {
        canvas.width = columns * side;
        canvas.height = rows * side;
    }
    canvas.style.width = `${3 * canvas.width}px`;
    const context = canvas.getContext("2d");
    const image = context.createImageData(canvas.width, canvas.height);
    image.data.fill(255);
    for (let n = 0; n < count; ++n) {
        const left = side * (one_class ? n % columns : Math.floor(n / rows));
        const top = side * (one_class ? Math.floor(n / columns) : n % rows);
        for (let i = 0; i < side * side; ++i) {
            const grey = Math.round(127.5 * (numbers[n * side * side + i] + 1));  // it clamps
            const pixel = (top + Math.floor(i / side)) * canvas.width + left + (i % side);
            image.data.fill(grey, 4 * pixel, 4 * pixel + 3);
        }
    }
    context.putImageData(image, 0, 0);
}

function offer_png() {
    const large = document.createElement("canvas");
    const small = at("sheet");
    const scale = Math.max(1, Math.min(4, Math.floor(8192 / Math.max(small.width, small.height))));
    large.width = scale * small.width;
    large.height = scale * small.height;
    const context = large.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.drawImage(small, 0, 0, large.width, large.height);
    const mine = walk;
    large.toBlob((blob) => {
        if (mine !== walk || !blob) return;
        URL.revokeObjectURL(at("save").href);
        at("save").href = URL.createObjectURL(blob);
        at("save").hidden = false;
    });
}

form.addEventListener("submit", (event) => {
    event.preventDefault();
    begin().catch((problem) => fail(problem.message));
});
form.noValidate = true;  // the library says what is wrong
at("stop").addEventListener("click", stop);
fields.sampler.addEventListener("change", show_sampler);
fields.show.addEventListener("change", () => last && draw());
load().catch((problem) => {
    at("status").textContent = "";
    fail(problem.message);
});
