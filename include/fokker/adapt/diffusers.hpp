/// Samples as a pipeline of diffusers does, out of its scheduler_config.json. Needs nlohmann/json,
/// as no other header does.
#pragma once

#include <fokker/adapt/diffusers/sample.hpp>
#include <fokker/adapt/diffusers/scheduler.hpp>
