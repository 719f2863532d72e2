// node same_pictures.cjs PAGE NATIVE: the program in the folder PAGE gives the numbers of the native
// one, the program NATIVE (numbers.cpp): the bits of what a walk begins with, pixels to 1e-3, and the
// same sentences on what is wrong.
"use strict";
const {spawnSync} = require("child_process");
const fs = require("fs");
const os = require("os");
const path = require("path");

const [page, native] = process.argv.slice(2).map((each) => path.resolve(each));

const walks = [
    "--count=1 --steps=4 --seed=7",
    "--class=dress --count=2 --steps=6 --guidance=1",
    "--class=bag --count=2 --steps=6 --guidance=0.5 --seed=18446744073709551615",
    "--sampler=ddpm --class=sandal --count=2 --steps=5 --seed=9223372036854775808",
    "--sampler=ddim --eta=1 --grid=karras --class=coat --count=1 --steps=4",
    "--sampler=heun --churn=1 --grid=leading --class=shirt --count=1 --steps=3",
    "--sampler=extended-analytic-ddpm --class=dress --count=1 --steps=3",
    "--sampler=analytic-ddim --class=dress --count=1 --steps=3",
    "--sampler=dpm-fast --class=trouser --count=1 --steps=4",
    "--sampler=dpm-adaptive --tolerance=0.5 --class=bag --count=2",
    "--sampler=fitted --steps=3 --class=sneaker --count=2",
    "--sampler=er-sde --schedule=vp --grid=uniform-lambda --class=coat --count=1 --steps=4",
];

const mistakes = [
    "--steps=0", "--steps=1001", "--steps=many", "--seed=-1", "--seed=18446744073709551616",
    "--seed=1.5", "--count=0", "--guidance=21", "--guidance=0 --class=bag", "--sampler=magic",
    "--sampler=ddpm-learned", "--sampler=fitted --steps=2 --guidance=1", "--sampler=ddim --eta=2",
    "--sampler=heun --eta=1", "--schedule=vp --grid=trailing", "--class=hat", "--stepz=3",
    "--sampler=dpm-adaptive --tolerance=0 --count=1",
];

// The program's own functions, as worker.js calls them.
async function load() {
    const read = (name) => new Uint8Array(fs.readFileSync(path.join(page, name)));
    const program = await require(path.join(page, "garments.js"))({
        wasmBinary: read("garments.wasm"),
        getPreloadedPackage: () => read("garments.data").buffer,
    });
    return (name, kind, ...strings) => {
        const answer = program.ccall(name, kind, strings.map(() => "string"), strings);
        if (kind !== "floats") return answer;
        const first = program.ccall(name, "number", [], []) / 4;
        const count = program.ccall("picture_count", "number", [], []);
        return program.HEAPF32.slice(first, first + 784 * count);
    };
}

let wrong = 0;

function say(right, words, what) {
    if (!right) ++wrong;
    console.log(`${right ? "right" : "WRONG"}  ${words || "(nothing)"}: ${what}`);
}

function walk(call, words, file) {
    const ran = spawnSync(native, [file, ...words.split(" ")], {encoding: "utf8"});
    if (ran.status !== 0) return say(false, words, `the native program says: ${ran.stderr}`);
    const bytes = fs.readFileSync(file);
    const wanted = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    const problem = call("begin", "string", words.split(" ").join("\n"));
    if (problem) return say(false, words, problem);

    const bits = (floats) => new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
    const noise = bits(call("state", "floats"));
    const wanted_noise = bits(wanted).subarray(0, wanted.length / 2);
    if (noise.length !== wanted_noise.length) return say(false, words, "another number of pictures");
    const others = noise.filter((each, i) => each !== wanted_noise[i]).length;

    const begun = performance.now();
    while (!call("done", "number")) {
        const failed = call("step", "string");
        if (failed) return say(false, words, failed);
    }
    const milliseconds = (performance.now() - begun) / call("picture_count", "number");
    const pictures = call("state", "floats");
    let largest = 0;
    pictures.forEach((each, i) => {
        const apart = Math.abs(each - wanted[wanted.length / 2 + i]);
        if (!(apart <= largest)) largest = apart;  // not-a-number stays
    });
    say(others === 0 && largest <= 1e-3, words,
        `${others} of ${noise.length} numbers of the noise differ, pixels by ${largest.toExponential(1)} ` +
        `at most; ${milliseconds.toFixed(0)} ms a picture, ${call("network_calls", "number")} calls`);
}

(async () => {
    const call = await load();
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "fokker-web-"));
    const file = path.join(folder, "numbers");
    try {
        for (const words of walks) walk(call, words, file);
        for (const words of mistakes) {
            const ran = spawnSync(native, [file, ...words.split(" ")], {encoding: "utf8"});
            const said = call("begin", "string", words.split(" ").join("\n"));
            say(said !== "" && said === ran.stderr.trim(), words,
                said === ran.stderr.trim() ? said : `'${said}', and natively '${ran.stderr.trim()}'`);
        }
        const offers = JSON.parse(call("offers", "string"));
        say(offers.samplers.length > 50 && offers.classes.length === 10 && offers.grids.length === 10,
            "offers", `${offers.samplers.length} samplers, ${offers.grids.length} grids`);
    } finally {
        fs.rmSync(folder, {recursive: true});
    }
    process.exitCode = wrong ? 1 : 0;
})();
