//! How parameters follow their gradient: each optimizer is one loop over flat buffers.

use crate::error::{EngineError, check, check_length};
use crate::simd::lanes::{long_dot, vectorized};

/// An optimizer and its constants; the update rules are PyTorch's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Optimizer {
    /// Adam (Kingma and Ba, 2015).
    Adam {
        /// Step size, positive.
        learning_rate: f32,
        /// Decay of the mean gradient, in `[0, 1)`.
        beta1: f32,
        /// Decay of the mean squared gradient, in `[0, 1)`.
        beta2: f32,
        /// Added to the root, positive.
        epsilon: f32,
        /// Multiple of the parameter added to its gradient, at least 0.
        weight_decay: f32,
    },
    /// Stochastic gradient descent with momentum.
    Sgd {
        /// Step size, positive.
        learning_rate: f32,
        /// Decay of the velocity, in `[0, 1)`; 0 for none.
        momentum: f32,
        /// Multiple of the parameter added to its gradient, at least 0.
        weight_decay: f32,
    },
    /// RMSprop (Tieleman and Hinton, 2012).
    RmsProp {
        /// Step size, positive.
        learning_rate: f32,
        /// Decay of the mean squared gradient, in `[0, 1)`.
        decay: f32,
        /// Added to the root, positive.
        epsilon: f32,
        /// Multiple of the parameter added to its gradient, at least 0.
        weight_decay: f32,
    },
}

impl Optimizer {
    /// Adam with its usual constants (0.9, 0.999, 1e-8) and no weight decay.
    pub fn adam(learning_rate: f32) -> Self {
        Self::Adam { learning_rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0 }
    }

    /// The step size.
    pub fn learning_rate(&self) -> f32 {
        match *self {
            Self::Adam { learning_rate, .. }
            | Self::Sgd { learning_rate, .. }
            | Self::RmsProp { learning_rate, .. } => learning_rate,
        }
    }

    /// Checks every range.
    ///
    /// # Errors
    /// [`EngineError::Setting`] with the constant that is outside its range.
    pub fn check(&self) -> Result<(), EngineError> {
        let positive =
            |name, value: f32| check(value > 0.0 && value.is_finite(), name, value, "a positive number");
        let share = |name, value| check((0.0..1.0).contains(&value), name, value, "a number in [0, 1)");
        let decays = |value: f32| {
            check(value >= 0.0 && value.is_finite(), "weight_decay", value, "a number of at least 0")
        };
        match *self {
            Self::Adam { learning_rate, beta1, beta2, epsilon, weight_decay } => {
                positive("learning_rate", learning_rate)?;
                share("beta1", beta1)?;
                share("beta2", beta2)?;
                positive("epsilon", epsilon)?;
                decays(weight_decay)
            }
            Self::Sgd { learning_rate, momentum, weight_decay } => {
                positive("learning_rate", learning_rate)?;
                share("momentum", momentum)?;
                decays(weight_decay)
            }
            Self::RmsProp { learning_rate, decay, epsilon, weight_decay } => {
                positive("learning_rate", learning_rate)?;
                share("decay", decay)?;
                positive("epsilon", epsilon)?;
                decays(weight_decay)
            }
        }
    }
}

/// An optimizer with what it remembers between steps.
#[derive(Debug, Clone)]
pub struct OptimizerState {
    optimizer: Optimizer,
    steps: i32,
    mean: Vec<f32>,
    square: Vec<f32>,
}

impl OptimizerState {
    /// Before the first step over so many parameters.
    pub fn new(optimizer: Optimizer, parameters: usize) -> Self {
        let keeps_mean = !matches!(optimizer, Optimizer::RmsProp { .. });
        let keeps_square = !matches!(optimizer, Optimizer::Sgd { .. });
        let buffer = |kept: bool| vec![0.0; if kept { parameters } else { 0 }];
        Self { optimizer, steps: 0, mean: buffer(keeps_mean), square: buffer(keeps_square) }
    }

    /// What it remembers: steps taken, means and mean squares (empty where the optimizer keeps none).
    pub fn memory(&self) -> (i32, &[f32], &[f32]) {
        (self.steps, &self.mean, &self.square)
    }

    /// Goes on from what [`memory`](Self::memory) said of a state of the same optimizer.
    ///
    /// # Errors
    /// [`EngineError::Shape`] if the lengths are not those of this optimizer, [`EngineError::Setting`] for a
    /// negative number of steps.
    pub fn recall(&mut self, steps: i32, mean: &[f32], square: &[f32]) -> Result<(), EngineError> {
        check(steps >= 0, "steps", steps, "at least 0")?;
        for (what, got, own) in [("means", mean, &self.mean), ("mean squares", square, &self.square)] {
            check_length(what, got.len(), own.len())?;
        }
        self.steps = steps;
        self.mean.copy_from_slice(mean);
        self.square.copy_from_slice(square);
        Ok(())
    }

    /// Shortens a gradient that is longer than this, as PyTorch does; 0 for any length.
    ///
    /// ```
    /// # use gradstop_engine::OptimizerState;
    /// let mut gradient = [3.0, 4.0];
    /// OptimizerState::shorten(&mut gradient, 1.0);
    /// assert!((gradient[0] - 0.6).abs() < 1e-6 && (gradient[1] - 0.8).abs() < 1e-6);
    /// ```
    pub fn shorten(gradient: &mut [f32], longest: f32) {
        if longest > 0.0 {
            let length = long_dot(gradient, gradient).sqrt() as f32;
            let shrink = longest / (length + 1e-6);
            if shrink < 1.0 {
                gradient.iter_mut().for_each(|g| *g *= shrink);
            }
        }
    }

    /// One step: moves `parameters` against `gradient`, which is as long.
    pub fn step(&mut self, parameters: &mut [f32], gradient: &[f32]) {
        self.steps = self.steps.saturating_add(1);
        let (mean, square) = (&mut self.mean[..], &mut self.square[..]);
        match self.optimizer {
            Optimizer::Adam { learning_rate, beta1, beta2, epsilon, weight_decay } => {
                // The two bias corrections, folded into the step size and the root.
                let correction = |beta: f32| 1.0 - f64::from(beta).powi(self.steps);
                let rate = (f64::from(learning_rate) / correction(beta1)) as f32;
                let root = (1.0 / correction(beta2).sqrt()) as f32;
                vectorized(
                    #[inline(always)]
                    || {
                        let state = mean.iter_mut().zip(square);
                        for ((parameter, &g), (mean, square)) in
                            parameters.iter_mut().zip(gradient).zip(state)
                        {
                            let g = g + weight_decay * *parameter;
                            *mean = beta1 * *mean + (1.0 - beta1) * g;
                            *square = beta2 * *square + (1.0 - beta2) * g * g;
                            *parameter -= rate * *mean / (square.sqrt() * root + epsilon);
                        }
                    },
                );
            }
            Optimizer::Sgd { learning_rate, momentum, weight_decay } => vectorized(
                #[inline(always)]
                || {
                    for ((parameter, &g), velocity) in parameters.iter_mut().zip(gradient).zip(mean) {
                        *velocity = momentum * *velocity + g + weight_decay * *parameter;
                        *parameter -= learning_rate * *velocity;
                    }
                },
            ),
            Optimizer::RmsProp { learning_rate, decay, epsilon, weight_decay } => vectorized(
                #[inline(always)]
                || {
                    for ((parameter, &g), square) in parameters.iter_mut().zip(gradient).zip(square) {
                        let g = g + weight_decay * *parameter;
                        *square = decay * *square + (1.0 - decay) * g * g;
                        *parameter -= learning_rate * g / (square.sqrt() + epsilon);
                    }
                },
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two steps on one parameter against PyTorch's update rules, written out in f64.
    fn two_steps(optimizer: Optimizer) -> f32 {
        let mut state = OptimizerState::new(optimizer, 1);
        let mut parameter = [1.0];
        state.step(&mut parameter, &[0.5]);
        state.step(&mut parameter, &[-0.2]);
        parameter[0]
    }

    #[test]
    fn adam_follows_its_update_rule() {
        let (mut p, mut m, mut v) = (1.0f64, 0.0, 0.0);
        for (t, g) in [(1, 0.5), (2, -0.2)] {
            let g = g + 0.01 * p;
            m = 0.9 * m + 0.1 * g;
            v = 0.999 * v + 0.001 * g * g;
            let (mh, vh) = (m / (1.0 - 0.9f64.powi(t)), v / (1.0 - 0.999f64.powi(t)));
            p -= 0.1 * mh / (vh.sqrt() + 1e-8);
        }
        let adam = Optimizer::Adam {
            learning_rate: 0.1,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.01,
        };
        assert!((f64::from(two_steps(adam)) - p).abs() < 1e-6);
    }

    #[test]
    fn sgd_follows_its_update_rule() {
        let sgd = Optimizer::Sgd { learning_rate: 0.1, momentum: 0.9, weight_decay: 0.0 };
        // velocities 0.5 and 0.9 * 0.5 - 0.2
        assert!((two_steps(sgd) - (1.0 - 0.05 - 0.025)).abs() < 1e-6);
    }

    #[test]
    fn rmsprop_follows_its_update_rule() {
        let (mut p, mut v) = (1.0f64, 0.0);
        for g in [0.5, -0.2] {
            v = 0.99 * v + 0.01 * g * g;
            p -= 0.1 * g / (f64::sqrt(v) + 1e-8);
        }
        let rmsprop =
            Optimizer::RmsProp { learning_rate: 0.1, decay: 0.99, epsilon: 1e-8, weight_decay: 0.0 };
        assert!((f64::from(two_steps(rmsprop)) - p).abs() < 1e-6);
    }

    #[test]
    fn a_recalled_state_takes_the_same_steps() {
        let of = |optimizer| {
            let mut state = OptimizerState::new(optimizer, 2);
            let mut parameters = [1.0, -2.0];
            state.step(&mut parameters, &[0.5, 0.25]);
            let mut recalled = OptimizerState::new(optimizer, 2);
            let (steps, mean, square) = state.memory();
            recalled.recall(steps, mean, square).expect("the same optimizer");
            let mut others = parameters;
            state.step(&mut parameters, &[-0.2, 0.1]);
            recalled.step(&mut others, &[-0.2, 0.1]);
            assert_eq!(parameters, others);
        };
        of(Optimizer::adam(0.1));
        of(Optimizer::Sgd { learning_rate: 0.1, momentum: 0.9, weight_decay: 0.0 });
        of(Optimizer::RmsProp { learning_rate: 0.1, decay: 0.99, epsilon: 1e-8, weight_decay: 0.0 });
        let foreign = OptimizerState::new(Optimizer::adam(0.1), 2).recall(1, &[0.0; 3], &[0.0; 2]);
        assert!(matches!(foreign, Err(EngineError::Shape { got: 3, .. })));
    }

    #[test]
    fn constants_out_of_range_are_named() {
        let error = Optimizer::adam(0.0).check().unwrap_err();
        assert_eq!(error.to_string(), "learning_rate: got 0, wanted a positive number");
    }
}
