// Verbs that get into running tasks, in both forms: `aurora task ssh KEY`, `aurora ssh KEY SHARD` (spec/client.md §5.3, §6.7).
#include "aurora/client/exec.h"
#include "aurora/client/inside.h"
#include "modes/help_format.h"
#include "modes/verb_options.h"

namespace aurora {
namespace {

void add_use_ssh(CLI::App& app, client::SshOptions& ssh, const char* program) {
  app.add_flag("--use-ssh", ssh.is_asked_for, std::string("Through this machine's ") + program + " instead of the scheduler");
}

void add_ssh_options(CLI::App& app, client::SshOptions& ssh) {
  add_text(app, "-l,--ssh-user", ssh.user, "USER", "By ssh, as this user instead of the role");
  add_text(app, "--ssh-options", ssh.options, "\"OPTIONS\"", "By ssh, with these options, split at blanks");
  add_use_ssh(app, ssh, "ssh");
}

void add_executor_sandbox(CLI::App& app, bool& is_executor_sandbox, const char* names) {
  app.add_flag(names, is_executor_sandbox, "In the folder around the task's sandbox, which is the executor's");
}

void add_threads(CLI::App& app, int64_t& threads) {
  add_number(app, "-t,--threads", threads, "In so many tasks at a time, 256 at most")->check(above_zero());
}

void add_tunnels(CLI::App& app, std::vector<std::string>& tunnels, const char* names) {
  app.add_option(names, tunnels, "Carry connections to this port of this machine to the task's port of that name; may be given several times")
      ->option_text("PORT:NAME")
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

VerbRun define_task_run(CLI::App& app) {
  struct Options {
    client::TaskRunOptions run;
    std::string command;
  };
  auto options = std::make_shared<Options>();
  add_key(app, options->run.key, "CLUSTER/ROLE/ENV/NAME[/INSTANCES]");
  app.add_option("command", options->command, "A line for a shell in each task's sandbox")->required()->option_text(" ");
  add_threads(app, options->run.threads);
  add_executor_sandbox(app, options->run.is_executor_sandbox, "--executor-sandbox");
  add_ssh_options(app, options->run.ssh);
  return [options](client::Session& session) {
    options->run.command = {options->command};
    return client::task_run(session, options->run);
  };
}

VerbRun define_task_ssh(CLI::App& app) {
  struct Options {
    client::TaskShellOptions shell;
    std::string command;
  };
  auto options = std::make_shared<Options>();
  add_key(app, options->shell.key, "CLUSTER/ROLE/ENV/NAME[/INSTANCES]; of several the first that is live");
  add_text(app, "-c,--command", options->command, "COMMAND", "A line for a shell instead of a shell");
  add_tunnels(app, options->shell.tunnels, "-L,--tunnels");
  add_text(app, "-p,--pid-file", options->shell.pid_file, "FILE", "Write this process's id there; with ssh, its id");
  add_executor_sandbox(app, options->shell.is_executor_sandbox, "--executor-sandbox");
  add_ssh_options(app, options->shell.ssh);
  return [options](client::Session& session) {
    if (!options->command.empty()) options->shell.command = {options->command};
    return client::task_ssh(session, options->shell);
  };
}

VerbRun define_task_scp(CLI::App& app) {
  auto options = std::make_shared<client::TaskCopyOptions>();
  app.add_option("paths", options->paths,
                 "Sources and, last, the destination: KEY/INSTANCE:PATH, below the sandbox, or PATH of this machine")
      ->required()
      ->option_text(" ")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  add_executor_sandbox(app, options->is_executor_sandbox, "--executor-sandbox");
  add_text(app, "--scp-options", options->ssh.options, "\"OPTIONS\"", "By scp, with these options, split at blanks");
  add_use_ssh(app, options->ssh, "scp");
  return run_with(options, client::task_scp);
}

void add_user(CLI::App& app, client::SshOptions& ssh) {
  add_text(app, "--user", ssh.user, "USER", "By ssh, as this user instead of the role");
  add_use_ssh(app, ssh, "ssh");
}

// What follows the verb's own arguments, untouched by the parser (modes/client_mode.cpp puts a "--" in front of it).
std::function<std::vector<std::string>()> add_command(CLI::App& app) {
  app.prefix_command();
  return [&app] {
    std::vector<std::string> words = app.remaining();
    if (!words.empty()) words.erase(words.begin());
    return words;
  };
}

VerbRun define_task_exec(CLI::App& app) {
  auto options = std::make_shared<client::TaskExecOptions>();
  add_key(app, options->key, "CLUSTER/ROLE/ENV/NAME/INSTANCE");
  app.add_flag("-i,--stdin", options->has_input, "Standard input goes to the command; else it has none");
  app.add_flag("-t,--tty", options->has_terminal, "The command has a terminal, as large as this one; with -i what is typed goes there");
  return [options, command = add_command(app)](client::Session& session) {
    options->command = command();
    if (!options->command.empty() && options->command.front() == "--") options->command.erase(options->command.begin());
    return client::task_exec(session, *options);
  };
}

VerbRun define_run(CLI::App& app) {
  auto options = std::make_shared<client::TaskRunOptions>();
  app.add_option("key", options->key, "CLUSTER/ROLE/ENV/NAME")->option_text(" ");
  add_threads(app, options->threads);
  add_executor_sandbox(app, options->is_executor_sandbox, "-e,--executor-sandbox");
  add_user(app, options->ssh);
  return [options, command = add_command(app)](client::Session& session) {
    options->command = command();
    return client::task_run(session, *options);
  };
}

VerbRun define_ssh(CLI::App& app) {
  auto options = std::make_shared<client::TaskShellOptions>();
  app.add_option("key", options->key, "CLUSTER/ROLE/ENV/NAME")->option_text(" ");
  app.add_option("shard", options->shard, "The instance")->option_text(" ");
  add_tunnels(app, options->tunnels, "-L");
  add_executor_sandbox(app, options->is_executor_sandbox, "-e,--executor-sandbox");
  add_user(app, options->ssh);
  return [options, command = add_command(app)](client::Session& session) {
    options->command = command();
    return client::task_ssh(session, *options);
  };
}

}  // namespace

std::vector<ClientVerb> task_verbs() {
  return {
      {"task", "run", "KEY[/INSTANCES] COMMAND", "Run a command in all tasks of a job.",
       "aurora task run -t 10 devcluster/www-data/devel/web 'tail -1 .logs/*/0/stderr'", define_task_run},
      {"task", "ssh", "KEY[/INSTANCES]", "Open a shell in a task, or run a command in it.",
       "aurora task ssh devcluster/www-data/devel/web/0", define_task_ssh},
      {"task", "exec", "KEY/INSTANCE -- COMMAND...", "Run a command in a task and end as it does.",
       "aurora task exec -it devcluster/www-data/devel/web/0 -- sh", define_task_exec, 1},
      {"task", "scp", "SOURCE... DESTINATION", "Copy files to, from and between tasks.",
       "aurora task scp devcluster/www-data/devel/web/0:core.dump .", define_task_scp},
  };
}

std::vector<ClientVerb> classic_task_verbs() {
  return {
      {"", "run", "cluster/role/env/job command...", "Run a command in all tasks of a job.",
       "aurora run -t 10 devcluster/www-data/devel/hello_world uptime", define_run, 1},
      {"", "ssh", "cluster/role/env/job shard [command...]", "Open a shell in a task, or run a command in it.",
       "aurora ssh devcluster/www-data/devel/hello_world 0", define_ssh, 2},
  };
}

}  // namespace aurora
