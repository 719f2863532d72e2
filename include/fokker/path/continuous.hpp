/// Continuous paths: alpha and sigma as formulas of t, each with its exact inverse.
#pragma once

#include <fokker/path/continuous/bridge.hpp>
#include <fokker/path/continuous/cosine.hpp>
#include <fokker/path/continuous/flow.hpp>
#include <fokker/path/continuous/i2sb.hpp>
#include <fokker/path/continuous/ve.hpp>
#include <fokker/path/continuous/vp.hpp>
