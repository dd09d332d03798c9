//! Help and completions.

use clap::Command;

use crate::workplace::Workplace;

/// Every subcommand with those below it, as words; those that are hidden are none of a user's business.
fn subcommands(of: &Command, before: &str) -> Vec<String> {
    let shown = of.get_subcommands().filter(|command| !command.is_hide_set());
    let words = |command: &Command| {
        let words = format!("{before} {}", command.get_name());
        [vec![words.clone()], subcommands(command, &words)].concat()
    };
    shown.flat_map(words).collect()
}

#[test]
fn every_help_fits_100_columns() {
    let place = Workplace::new();
    let mut commands = subcommands(&gradstop_cli::command(), "");
    assert!(commands.len() > 10, "{commands:?}");
    commands.push(String::new());
    for command in commands {
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
        for command in gradstop_cli::command().get_subcommands().filter(|command| !command.is_hide_set()) {
            assert!(script.contains(command.get_name()), "{shell}: {command}");
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
