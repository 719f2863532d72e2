/// Latents: data as the noise that the flow ODE makes them from, and what can be done with them.
#pragma once

#include <fokker/latents/combine.hpp>
#include <fokker/latents/encode.hpp>
