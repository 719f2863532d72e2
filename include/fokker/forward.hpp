/// The forward process: what a training loop, image-to-image and a likelihood need.
#pragma once

#include <fokker/forward/bound.hpp>
#include <fokker/forward/bound_options.hpp>
#include <fokker/forward/decoder.hpp>
#include <fokker/forward/noising.hpp>
#include <fokker/forward/posterior.hpp>
#include <fokker/forward/reverse_variance.hpp>
#include <fokker/forward/terms.hpp>
#include <fokker/forward/training.hpp>
#include <fokker/forward/weights.hpp>
