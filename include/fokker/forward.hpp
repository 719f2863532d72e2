/// The forward process: what a training loop and image-to-image need.
#pragma once

#include <fokker/forward/noising.hpp>
#include <fokker/forward/posterior.hpp>
#include <fokker/forward/training.hpp>
#include <fokker/forward/weights.hpp>
