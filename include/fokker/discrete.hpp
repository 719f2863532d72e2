/// Discrete diffusion: states of classes, such as words, in place of numbers.
#pragma once

#include <fokker/discrete/any_sampler.hpp>
#include <fokker/discrete/blocks.hpp>
#include <fokker/discrete/bound.hpp>
#include <fokker/discrete/catalogue.hpp>
#include <fokker/discrete/categorical.hpp>
#include <fokker/discrete/conversion.hpp>
#include <fokker/discrete/forward.hpp>
#include <fokker/discrete/guided.hpp>
#include <fokker/discrete/model.hpp>
#include <fokker/discrete/position.hpp>
#include <fokker/discrete/process.hpp>
#include <fokker/discrete/run.hpp>
#include <fokker/discrete/sampler.hpp>
#include <fokker/discrete/sampler/ancestral.hpp>
#include <fokker/discrete/sampler/entropy_bound.hpp>
#include <fokker/discrete/sampler/first_hitting.hpp>
#include <fokker/discrete/sampler/flow_euler.hpp>
#include <fokker/discrete/sampler/gibbs_corrected.hpp>
#include <fokker/discrete/sampler/remasking.hpp>
#include <fokker/discrete/sampler/surest_first.hpp>
#include <fokker/discrete/sampler/tau_leaping.hpp>
#include <fokker/discrete/sampler/tweedie.hpp>
#include <fokker/discrete/transition_matrices.hpp>
#include <fokker/discrete/walk.hpp>
