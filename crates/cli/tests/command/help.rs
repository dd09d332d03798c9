//! Help and completions.

use crate::workplace::Workplace;

#[test]
fn every_help_fits_100_columns() {
    let place = Workplace::new();
    for command in ["", "detect", "fit", "score", "inspect", "export", "evaluate", "threshold", "completions"]
    {
        for flag in ["-h", "--help"] {
            let text = place.done(&format!("{command} {flag}"));
            assert!(text.contains("Usage: gradstop"), "{command}: {text}");
            for line in text.lines() {
                assert!(line.chars().count() <= 100, "{command} {flag}: {line}");
            }
        }
    }
}

#[test]
fn completions_know_every_subcommand() {
    let place = Workplace::new();
    for shell in ["bash", "zsh", "fish"] {
        let script = place.done(&format!("completions {shell}"));
        for command in ["detect", "fit", "score", "inspect", "export", "evaluate", "threshold"] {
            assert!(script.contains(command), "{shell}: {command}");
        }
    }
}

#[test]
fn no_or_wrong_usage_is_exit_code_2() {
    let place = Workplace::new();
    for words in
        ["", "frobnicate", "detect", "fit table.csv", "score m.gs", "evaluate s.csv", "completions csh"]
    {
        let ended = place.run(words);
        assert_eq!((ended.code, ended.out.as_str()), (2, ""), "{words}");
        assert!(ended.err.contains("Usage: gradstop") || ended.err.contains("--help"), "{}", ended.err);
    }
    assert!(place.done("--version").starts_with("gradstop "));
}
