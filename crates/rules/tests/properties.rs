//! Invariants of the measures and rules on any input.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use gradstop_rules::*;
use proptest::prelude::*;

fn matrix(rows: std::ops::Range<usize>) -> impl Strategy<Value = (Vec<f32>, usize)> {
    (rows, 1usize..6).prop_flat_map(|(rows, parameters)| {
        (proptest::collection::vec(-1e3f32..1e3, rows * parameters), Just(parameters))
    })
}

proptest! {
    #[test]
    fn cohesion_and_divergence_stay_in_their_ranges((values, parameters) in matrix(2..30), size in 1usize..20) {
        let gradients = MatrixGradients::new(&values, parameters).unwrap();
        let all: Vec<usize> = (0..gradients.rows()).collect();
        let sets = ProbeSets::pick(&gradients.norms(&all), size);
        let measured = SetComparison::measure(&sets, &gradients);
        prop_assert!((0.0..=1.0).contains(&measured.cohesion_small));
        prop_assert!((0.0..=1.0).contains(&measured.cohesion_large));
        prop_assert!((0.0..=std::f64::consts::PI).contains(&measured.divergence));
    }

    #[test]
    fn the_two_sets_share_no_row_and_are_ordered_by_norm(norms in proptest::collection::vec(0.0f64..9.0, 0..60), size in 1usize..30) {
        let sets = ProbeSets::pick(&norms, size);
        prop_assert_eq!(sets.small().len(), size.min(norms.len() / 2));
        prop_assert_eq!(sets.large().len(), sets.small().len());
        for &low in sets.small() {
            for &high in sets.large() {
                prop_assert!(low != high && norms[low] <= norms[high]);
            }
        }
    }

    #[test]
    fn a_common_scale_of_the_gradients_changes_no_cohesion((values, parameters) in matrix(4..20)) {
        let sets = ProbeSets::pick(&[1.0, 2.0, 3.0, 4.0], 2);
        let scaled: Vec<f32> = values.iter().map(|g| g * 4.0).collect();
        let one = SetComparison::measure(&sets, &MatrixGradients::new(&values, parameters).unwrap());
        let other = SetComparison::measure(&sets, &MatrixGradients::new(&scaled, parameters).unwrap());
        prop_assert!((one.gap() - other.gap()).abs() < 1e-12);
        // Near 0 and pi the arc cosine turns a last bit into 1e-8.
        prop_assert!((one.divergence - other.divergence).abs() < 1e-6);
    }

    #[test]
    fn patience_ends_exactly_a_window_after_the_best_epoch(gaps in proptest::collection::vec(-1.0f64..1.0, 1..120), window in 1usize..30) {
        let settings = GradStopSettings { patience: window, divergence_limit: f64::INFINITY, ..Default::default() };
        let mut rule = GradStop::new(settings).unwrap();
        let mut best = 0;
        for (epoch, gap) in gaps.iter().enumerate() {
            let measured = SetComparison { cohesion_small: gap.max(0.0), cohesion_large: (-gap).max(0.0), divergence: 1.0 };
            match rule.judge_measured(epoch, measured).decision {
                Decision::Best => best = epoch,
                Decision::Join => prop_assert!(false, "a rule that keeps one epoch joined several"),
                Decision::Continue => prop_assert!(epoch > 0 && epoch - best < window),
                Decision::Stop { keep, reason } => {
                    prop_assert_eq!((keep, reason), (Keep::Best, StopReason::Patience { epochs: window }));
                    prop_assert_eq!(epoch - best, window);
                    break;
                }
            }
        }
    }

    #[test]
    fn entropy_is_between_nothing_and_that_of_equal_scores(scores in proptest::collection::vec(0.0f32..100.0, 1..200)) {
        let entropy = score_entropy(&scores);
        prop_assert!(entropy > -1e-3 && entropy <= (scores.len() as f64).ln() + 1e-6);
    }
}

#[test]
fn a_rule_that_can_compare_nothing_keeps_the_latest_epoch() {
    let values = [1.0f32, 2.0];
    let gradients = MatrixGradients::new(&values, 2).unwrap();
    let mut rule = GradStop::new(GradStopSettings::default()).unwrap();
    for index in 0..50 {
        let epoch = Epoch { index, loss: 1.0, gradients: Some(&gradients), scores: None };
        assert_eq!(rule.judge(&epoch).decision, Decision::Best);
    }
}

#[test]
fn vanished_gradients_never_end_the_training_early() {
    let values = [0.0f32; 50 * 3];
    let gradients = MatrixGradients::new(&values, 3).unwrap();
    let settings = GradStopSettings { gap_low: 0.0, ..Default::default() };
    let mut rule = GradStop::new(settings).unwrap();
    for index in 0..20 {
        let epoch = Epoch { index, loss: 0.0, gradients: Some(&gradients), scores: None };
        let judgement = rule.judge(&epoch);
        assert_eq!((judgement.signals.gap, judgement.signals.divergence), (Some(0.0), Some(0.0)));
        assert!(!matches!(judgement.decision, Decision::Stop { keep: Keep::First, .. }));
    }
}

#[test]
fn sets_are_drawn_anew_only_when_it_is_time() {
    let mut sample = GradSample::new(1, 10);
    assert_eq!(sample.needs(0), ProbeRows::All);
    let small_first = [1.0f32, 2.0, 3.0];
    let sets = sample.sample(0, &MatrixGradients::new(&small_first, 1).unwrap()).clone();
    assert_eq!((sets.small(), sets.large()), (&[0][..], &[2][..]));
    assert_eq!(sample.needs(1), ProbeRows::These(&[0, 2]));
    let small_last = [3.0f32, 2.0, 1.0];
    assert_eq!(sample.sample(9, &MatrixGradients::new(&small_last, 1).unwrap()), &sets);
    assert_eq!(sample.sample(10, &MatrixGradients::new(&small_last, 1).unwrap()).small(), [2]);
}

#[test]
fn settings_out_of_range_are_named() {
    let error = GradStop::new(GradStopSettings { patience: 0, ..Default::default() }).unwrap_err();
    assert_eq!(error.to_string(), "patience: got 0, wanted at least 1");
    let error = MatrixGradients::new(&[1.0, f32::NAN], 1).unwrap_err();
    assert_eq!(error.to_string(), "row gradients: got NaN in row 1, parameter 0, wanted a finite number");
    assert!(matches!(MatrixGradients::new(&[1.0; 3], 2), Err(RuleError::Shape { values: 3, parameters: 2 })));
}

/// Shows a rule some epochs, and a fresh one with its state after `broken_off` of them the rest.
fn check_state(fresh: impl Fn() -> Box<dyn StoppingRule>, scores: &[f32], broken_off: usize) {
    let show = |rule: &mut dyn StoppingRule, index: usize| {
        let rows: Vec<f32> = (0..24).map(|at| scores[(index * 7 + at) % scores.len()]).collect();
        let gradients = MatrixGradients::new(&rows, 2).unwrap();
        let needed = match rule.needs(index).gradients {
            Some(ProbeRows::These(rows)) => rows.to_vec(),
            _ => Vec::new(),
        };
        let epoch = Epoch { index, loss: 1.0, gradients: Some(&gradients), scores: Some(&rows) };
        (needed, rule.judge(&epoch), rule.shares())
    };
    let mut whole = fresh();
    (0..broken_off).for_each(|index| drop(show(&mut *whole, index)));
    let state = whole.state().unwrap();
    let mut restored = fresh();
    assert!(restored.restore(&state));
    for index in broken_off..40 {
        assert_eq!(show(&mut *whole, index), show(&mut *restored, index), "epoch {index} after {broken_off}");
    }
    assert!(!fresh().restore(&[state, vec![1]].concat()), "one byte too many");
}

proptest! {
    #[test]
    fn a_rule_restored_to_the_state_of_another_decides_as_that_one(scores in proptest::collection::vec(0.1f32..100.0, 30..90), broken_off in 0usize..39) {
        let gradstop = GradStopSettings { set_size: 3, ..GradStopSettings::default() };
        check_state(|| Box::new(GradStop::new(gradstop.clone()).unwrap()), &scores, broken_off);
        check_state(|| Box::new(EntropyStop::new(EntropyStopSettings::default()).unwrap()), &scores, broken_off);
        check_state(|| Box::new(EpochAverage::new(EpochAverageSettings::default(), 40).unwrap()), &scores, broken_off);
        check_state(|| Box::new(FixedEpochs::new(40).unwrap()), &scores, broken_off);
    }
}

#[test]
fn a_state_keeps_the_bits_of_every_float() {
    let odd = f64::from_bits(0x7ff8_dead_beef_0001);
    let mut rule = EntropyStop::new(EntropyStopSettings::default()).unwrap();
    rule.judge_measured(0, f64::NEG_INFINITY);
    rule.judge_measured(1, odd);
    let state = rule.state().unwrap();
    let bits = |value: f64| value.to_bits().to_le_bytes();
    assert_eq!(state[..16], [bits(f64::NEG_INFINITY), bits(odd)].concat());
    let mut restored = EntropyStop::new(EntropyStopSettings::default()).unwrap();
    assert!(restored.restore(&state) && restored.state() == Some(state));
    assert!(!restored.restore(&[0; 5]), "too few bytes");
}
