//! `converse --version`.

use crate::support::World;
use bedrock_converse_component::COMPONENT;

#[test]
fn runner_plugin_and_contract_have_a_line_each() {
    let world = World::new();
    let version = env!("CARGO_PKG_VERSION");
    let size = COMPONENT.len();
    let lines = format!(
        "converse {version}\nplugin amazon-bedrock {version} ({size} bytes)\n\
         contract converse:provider@0.1.0\n"
    );
    world.stranger(&["--version"]).run().says(&lines);
    let odd = world.stranger(&["-V"]).env("AWS_REGION", "!").env("AWS_ENDPOINT_URL", "nonsense");
    odd.run().says(&lines);
}
