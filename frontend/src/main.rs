//! The program `varve`: started by BuildKit it is a frontend, started by a person it says what it is.

use std::io::Write as _;
use std::process::exit;

use buildkit_gateway::Session;

const ABOUT: &str = "\
varve is a BuildKit frontend: it is started by BuildKit, from an image, not by hand.

Put this on the first line of image.yaml:

    # syntax=varve/frontend:dev

and build with:

    docker buildx build -f image.yaml .
";

fn main() {
    #[expect(clippy::disallowed_methods, reason = "the one place where the environment is read")]
    let session = Session::from_variables(std::env::vars());
    if session.id.is_empty() && session.opts.is_empty() {
        let version = std::env::args().any(|argument| argument == "--version");
        let text = if version { concat!("varve ", env!("CARGO_PKG_VERSION"), "\n") } else { ABOUT };
        let written = std::io::stdout().write_all(text.as_bytes());
        exit(i32::from(written.is_err()));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    exit(runtime.map_or(1, |runtime| runtime.block_on(varve::serve(session))));
}
