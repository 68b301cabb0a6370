//! The binary: hands the arguments to the command line, and its answer to the shell.

fn main() -> std::process::ExitCode {
    ddnsd::cli::main(std::env::args_os().skip(1)).into()
}
