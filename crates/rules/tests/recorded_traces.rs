//! The rules decide what the authors' released code decided on twelve recorded runs.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use gradstop_rules::*;
use serde_json::Value;

fn traces() -> Vec<Value> {
    let file: Value = serde_json::from_str(include_str!("traces/recorded.json")).unwrap();
    file["traces"].as_array().unwrap().clone()
}

fn series(trace: &Value, name: &str) -> Vec<f64> {
    trace[name].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

/// What a replay ends with: the epoch kept and the epoch of the stop, if there was one.
fn replay(epochs: usize, mut judge: impl FnMut(usize) -> Decision) -> (usize, Option<usize>) {
    let mut best = 0;
    for epoch in 0..epochs {
        match judge(epoch) {
            Decision::Best => best = epoch,
            Decision::Continue => {}
            Decision::Join => unreachable!("no recorded rule averages epochs"),
            Decision::Stop { keep: Keep::First, .. } => return (0, Some(epoch)),
            Decision::Stop { keep: Keep::Best, .. } => return (best, Some(epoch)),
            Decision::Stop { keep: Keep::Last | Keep::Average, .. } => return (epoch, Some(epoch)),
        }
    }
    (best, None)
}

fn expected(trace: &Value, rule: &str) -> (usize, Option<usize>) {
    let expect = &trace["expect"][rule];
    (expect["best_epoch"].as_u64().unwrap() as usize, expect["stopped_at"].as_u64().map(|e| e as usize))
}

#[test]
fn gradstop_keeps_the_recorded_epoch_of_every_trace() {
    for trace in traces() {
        let (small, large) = (series(&trace, "cohesion_small"), series(&trace, "cohesion_large"));
        let divergence = series(&trace, "divergence");
        let mut rule = GradStop::new(GradStopSettings::default()).unwrap();
        let got = replay(small.len(), |t| {
            let measured = SetComparison {
                cohesion_small: small[t],
                cohesion_large: large[t],
                divergence: divergence[t],
            };
            rule.judge_measured(t, measured).decision
        });
        assert_eq!(got, expected(&trace, "gradstop"), "{} seed {}", trace["table"], trace["seed"]);
    }
}

#[test]
fn smoothing_ends_at_the_recorded_value_of_every_trace() {
    let smoothed = |values: &[f64]| {
        let mut smoothing = Smoothing::new(8);
        values.iter().map(|&v| smoothing.push(v)).last().unwrap()
    };
    for trace in traces() {
        let (small, large) = (series(&trace, "cohesion_small"), series(&trace, "cohesion_large"));
        let gaps: Vec<f64> = small.iter().zip(&large).map(|(l, t)| l - t).collect();
        let expect = |name: &str| trace["expect"][name].as_f64().unwrap();
        // The traces are recorded with six decimals.
        assert!((smoothed(&gaps) - expect("smoothed_cohesion_gap_last")).abs() < 2e-6);
        let divergence = smoothed(&series(&trace, "divergence"));
        assert!((divergence - expect("smoothed_divergence_last")).abs() < 2e-6);
    }
}

#[test]
fn entropystop_keeps_the_recorded_epoch_of_every_trace() {
    for trace in traces() {
        let entropy = series(&trace, "entropy");
        let mut rule = EntropyStop::new(EntropyStopSettings::default()).unwrap();
        let got = replay(entropy.len(), |t| rule.judge_measured(t, entropy[t]).decision);
        assert_eq!(got, expected(&trace, "entropystop"), "{} seed {}", trace["table"], trace["seed"]);
    }
}

#[test]
fn the_traces_cover_an_early_stop_a_late_stop_and_a_run_to_the_end() {
    let stops: Vec<_> = traces().iter().map(|t| expected(t, "gradstop").1).collect();
    assert!(stops.contains(&Some(9)) && stops.contains(&None));
    assert!(stops.iter().flatten().any(|&epoch| epoch > 20));
}
