// Walks beside the page, so that the page stays alive. It is told {files} once, and answers with
// {offers}; then {words, walk} for each walk, and answers with one message a step. Whatever goes
// wrong is answered with {error}, a sentence.
"use strict";
importScripts("garments.js");

let program;

function call(name, kind, ...strings) {
    return program.ccall(name, kind, strings.map(() => "string"), strings);
}

function numbers(name, count) {
    const first = call(name, "number") / 4;
    return program.HEAPF32.slice(first, first + 784 * count);
}

async function load(files) {
    program = await createGarments({
        getPreloadedPackage: () => files.data,
        instantiateWasm: (imports, done) => {
            WebAssembly.instantiate(files.module, imports)
                .then(done)
                .catch((problem) => postMessage({error: String(problem)}));
            return {};
        },
    });
    postMessage({offers: JSON.parse(call("offers", "string"))});
}

function take(words, walk) {
    const problem = call("begin", "string", words.join("\n"));
    if (problem) return postMessage({error: problem, walk});
    const count = call("picture_count", "number");
    let milliseconds = 0;
    for (let shown = 0;;) {
        const done = Boolean(call("done", "number"));
        const now = performance.now();
        // More pictures than a screen shows would only wait in the queue.
        const show = done || now - shown > 30;
        if (show) shown = now;
        postMessage({
            walk, count, done, milliseconds,
            step: call("steps_done", "number"),
            steps: call("steps", "number"),
            calls: call("network_calls", "number"),
            state: show ? numbers("state", count) : null,
            prediction: show ? numbers("prediction", count) : null,
        });
        if (done) return;
        const begun = performance.now();
        const wrong = call("step", "string");
        milliseconds += performance.now() - begun;
        if (wrong) return postMessage({error: wrong, walk});
    }
}

onmessage = async ({data}) => {
    try {
        if (data.files) await load(data.files);
        else take(data.words, data.walk);
    } catch (problem) {
        postMessage({error: `the program has ended: ${problem.message ?? problem}`, ended: true});
    }
};
