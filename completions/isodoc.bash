_isodoc() {
    local i cur prev opts cmd
    COMPREPLY=()
    if [[ "${BASH_VERSINFO[0]}" -ge 4 ]]; then
        cur="$2"
    else
        cur="${COMP_WORDS[COMP_CWORD]}"
    fi
    prev="$3"
    cmd=""
    opts=""

    for i in "${COMP_WORDS[@]:0:COMP_CWORD}"
    do
        case "${cmd},${i}" in
            ",$1")
                cmd="isodoc"
                ;;
            isodoc,check)
                cmd="isodoc__subcmd__check"
                ;;
            isodoc,completions)
                cmd="isodoc__subcmd__completions"
                ;;
            isodoc,diff)
                cmd="isodoc__subcmd__diff"
                ;;
            isodoc,explain)
                cmd="isodoc__subcmd__explain"
                ;;
            isodoc,fleet)
                cmd="isodoc__subcmd__fleet"
                ;;
            isodoc,help)
                cmd="isodoc__subcmd__help"
                ;;
            isodoc,lint)
                cmd="isodoc__subcmd__lint"
                ;;
            isodoc,man)
                cmd="isodoc__subcmd__man"
                ;;
            isodoc,matrix)
                cmd="isodoc__subcmd__matrix"
                ;;
            isodoc,profile)
                cmd="isodoc__subcmd__profile"
                ;;
            isodoc,rules)
                cmd="isodoc__subcmd__rules"
                ;;
            isodoc,schema)
                cmd="isodoc__subcmd__schema"
                ;;
            isodoc,snapshot)
                cmd="isodoc__subcmd__snapshot"
                ;;
            isodoc__subcmd__help,check)
                cmd="isodoc__subcmd__help__subcmd__check"
                ;;
            isodoc__subcmd__help,completions)
                cmd="isodoc__subcmd__help__subcmd__completions"
                ;;
            isodoc__subcmd__help,diff)
                cmd="isodoc__subcmd__help__subcmd__diff"
                ;;
            isodoc__subcmd__help,explain)
                cmd="isodoc__subcmd__help__subcmd__explain"
                ;;
            isodoc__subcmd__help,fleet)
                cmd="isodoc__subcmd__help__subcmd__fleet"
                ;;
            isodoc__subcmd__help,help)
                cmd="isodoc__subcmd__help__subcmd__help"
                ;;
            isodoc__subcmd__help,lint)
                cmd="isodoc__subcmd__help__subcmd__lint"
                ;;
            isodoc__subcmd__help,man)
                cmd="isodoc__subcmd__help__subcmd__man"
                ;;
            isodoc__subcmd__help,matrix)
                cmd="isodoc__subcmd__help__subcmd__matrix"
                ;;
            isodoc__subcmd__help,profile)
                cmd="isodoc__subcmd__help__subcmd__profile"
                ;;
            isodoc__subcmd__help,rules)
                cmd="isodoc__subcmd__help__subcmd__rules"
                ;;
            isodoc__subcmd__help,schema)
                cmd="isodoc__subcmd__help__subcmd__schema"
                ;;
            isodoc__subcmd__help,snapshot)
                cmd="isodoc__subcmd__help__subcmd__snapshot"
                ;;
            *)
                ;;
        esac
    done

    case "${cmd}" in
        isodoc)
            opts="-h -V --color --help --version check lint diff fleet explain rules matrix snapshot profile completions man schema help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 1 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        isodoc__subcmd__check)
            opts="-o -q -v -h --color --root --complete --snapshot --assume --format --report --output --quiet --min-severity --baseline --config --print-config --share --for --flags --require --all --no-probe --timeout --trust-path --verbose --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --root)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --snapshot)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --assume)
                    COMPREPLY=($(compgen -W "plain-linux debian-12 debian-13 ubuntu-24.04 rhel-9 amazon-linux-2023 bottlerocket talos gke-cos docker-desktop fargate" -- "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "human json sarif junit github gitlab markdown html prometheus nfd npd ndjson" -- "${cur}"))
                    return 0
                    ;;
                --report)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --output)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                -o)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --min-severity)
                    COMPREPLY=($(compgen -W "error warning note" -- "${cur}"))
                    return 0
                    ;;
                --baseline)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --config)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --for)
                    COMPREPLY=($(compgen -W "unshare nsjail userns-remap bubblewrap chromium podman-rootless rootlesskit kubernetes-userns codex claude-code flatpak nix gvisor charliecloud landlock seccomp seccomp-notify kvm fuse tun userns pid-namespace mount-namespace net-namespace uts-namespace ipc-namespace cgroup-namespace mount-proc" -- "${cur}"))
                    return 0
                    ;;
                --flags)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --require)
                    COMPREPLY=($(compgen -W "unshare nsjail userns-remap bubblewrap chromium podman-rootless rootlesskit kubernetes-userns codex claude-code flatpak nix gvisor charliecloud landlock seccomp seccomp-notify kvm fuse tun userns pid-namespace mount-namespace net-namespace uts-namespace ipc-namespace cgroup-namespace mount-proc" -- "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        isodoc__subcmd__completions)
            opts="-h --color --help bash elvish fish powershell zsh"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        isodoc__subcmd__diff)
            opts="-h --color --for --flags --format --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --for)
                    COMPREPLY=($(compgen -W "unshare nsjail userns-remap bubblewrap chromium podman-rootless rootlesskit kubernetes-userns codex claude-code flatpak nix gvisor charliecloud landlock seccomp seccomp-notify kvm fuse tun" -- "${cur}"))
                    return 0
                    ;;
                --flags)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "human json" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        isodoc__subcmd__explain)
            opts="-h --color --error --here --root --complete --snapshot --for --flags --format --help acceptance-expired add-device add-pid-and-fork add-subids add-user-namespace allow-privilege-escalation apparmor-change-profile-refused apparmor-deny-mount apparmor-profile-for-program apparmor-profile-missing apparmor-profile-rule apparmor-signal-denied apparmor-unconfined apparmor-unprivileged-userns apparmor-userns-denied binary-differs bind-root binds bpf-jit-limit bubblewrap builder-decides bwrap-setuid-bounding-set bwrap-setuid-unsupported bwrap-unexpected-capabilities bwrap-without-setuid call-behind-capability cap-add-net-admin cap-add-setfcap cap-add-setgid cap-add-setid cap-add-setpcap cap-add-sys-admin cap-add-sys-admin-flags cap-add-sys-chroot capabilities-not-held capability-prefix cgroup-not-delegated cgroup-pids-max cgroup-v1-wanted cgroup-v2-wanted cgroupfs-not-mounted cgroupns-not-built change-lsm-policy change-root charliecloud chown-refused chromeos-lsm chromium chroot claude-code clone3-refused cloud-run-gen2 code-block-broken codex command-refused compose-format-1 compose-fragment container-may-not-start custom-resource daemon-config daemon-key-repeated default-flags device device-bpf-refused device-missing disable-unshare-without-effect docker-add-subids docker-config-conflict docker-config-malformed docker-config-unsettled docker-containerd-store-off docker-make-user docker-not-installed docker-open-path docker-remap-containerd-store docker-remap-default docker-remap-no-useradd docker-remap-not-configured docker-remap-pending-restart docker-remap-privileged-clash docker-remap-root docker-remap-storage-driver docker-remap-unverified docker-remap-user-missing docker-remove-flag docker-remove-keys docker-repair-config docker-repair-subids docker-replace-subids docker-restart docker-subid-beyond docker-subid-malformed docker-subid-missing docker-subid-overlap docker-subid-root docker-subid-too-few drop-ambient-capabilities drop-ld-preload drop-proc-subset enable-weaker-nested-sandbox end-leaked-namespaces engine-profile-not-loaded enter-pid-namespace env-file-missing environ-readable ephemeral-containers-on-create exec extend-path extends-missing fargate-refuses favor-unshare-pid fewer-layers fewer-mounts file-capabilities-not-set file-capabilities-refused files-of-unmapped-owner find-binary flags-in-quotes flags-not-understood flatpak fork fork-in-outer-unshare further-gate fuse fuse-mount-of-other-user fuse-mount-refused gid-map grsecurity gvisor hidepid host-users-needs-runtime hostname id-map-overlaps id-unmapped idmap-ends-at-4294967295 idmap-not-permitted idmapped-mount-unsupported idmapped-mounts ignore-without-effect image-id-beyond-map image-implies-mechanism image-user-decides include-missing inner-namespaces install-nsjail install-sandbox install-true install-uidmap install-util-linux ipcns-not-built isolation-disabled isolation-security job-killed join-namespaces keep-host-name keep-network kernel-too-old key-quota keyring kind-not-read kubelet-in-userns kubelet-subids kubelet-subids-unusable kubelet-userns-off kubelet-userns-on kubernetes-userns kvm label-disable landlock landlock-unavailable leave-chroot limit-set-by-enclosing-sandbox locked-mount-flags loopback loopback-refused lsm-userns-denied lxc-apparmor-denies-procfd lxc-nesting lxc-template make-proc-directory make-program-readable malformed-fact map-granted-range map-one-id map-that-id max-mnt-namespaces max-other-namespaces max-pid-namespaces max-user-namespaces-ancestor max-user-namespaces-exhausted max-user-namespaces-zero memory-cgroup-off misplaced-setting misspelt-key mknod-in-userns mount-max mount-not-shared mount-own-proc mount-proc mount-proc-first mount-proc-usage move-node-directories multithreaded namespace-file-missing nesting-without-effect netns-not-mounted-here new-root new-root-directory-missing newer-call-refused newer-gvisor newer-kernel newuidmap-bounding-set newuidmap-file-capabilities newuidmap-missing newuidmap-no-new-privs newuidmap-not-setuid newuidmap-owner-differs newuidmap-setuid-without-sys-admin nix no-cap-audit-write no-cap-mknod no-cap-net-admin no-cap-net-raw no-cap-setid no-cap-setpcap no-cap-sys-admin no-cap-sys-chroot no-cap-sys-time no-containers no-new-privileges-harmless no-pivot-root no-user-session non-root-user-needs-user-namespace not-a-manifest not-dumpable not-linux nsjail nsjail-cgroup nsjail-makes-privileged nsjail-missing nsjail-without-enterprise oci-runtime-too-old oom-score-refused open-device openat2-refused openvz other-directory other-home other-kernel other-working-directory outside-landlock overlay-refused own-filter-lacks-call own-id-inside-subuid-range parse-flags pasta-denied path-not-traversable pid-max pid-namespace-shared pidns-already-unshared pidns-depth pidns-init-dead pidns-not-built pipeline-key-repeated pivot-root platform-differs pod-place-guessed pod-security-level-unknown pod-security-rejects pod-security-rejects-fix podman-rootless prediction-differs privileged privileged-makes-moot privileged-port privileged-with-userns-remap privileged-without-need privileges proc-atime-locked proc-masked proc-mount-unmasked proc-mountpoint-missing proc-not-mounted proc-of-the-sandbox proc-other-pidns proc-readonly proc-shows-outside proc-stays-masked proc-subset-pid proc-sys-readonly proc-sys-unreadable proc-visible-before-4-2 procmount-needs-hostusers-false profile-file-missing profile-lacks-runtime-call program-missing program-not-installed program-not-trusted propagation propagation-unchanged ptrace-refused qemu-user quadlet-refused raise-hard-limit raise-nproc raise-pids-max reexec-no-new-privs refused-too refuses-half-root refuses-root remap-in-rootless remap-numeric-name-doubled remap-path-not-traversable remount-proc-relatime remount-proc-rw remount-suid remove-file-capabilities removed-api-version restart-apparmor restrict restriction-unavailable rhel7-boot-parameter rhel7-userns-off rlimit-above-hard-limit rlimit-nproc root-not-mountpoint root-on-initramfs rootful rootlesskit run-as-group-alone run-as-mapped-id run-as-non-root-as-root run-as-root run-as-user run-in-linux-vm runner-decides runner-known runs-on-the-runner runtime-class runtime-decides runtime-without-systemd-cgroups runtime-without-userns sandbox-helper-not-setuid sandbox-program-missing sandbox-silently-off seatbelt-nested seccomp seccomp-annotation seccomp-chroot seccomp-clone seccomp-keyctl seccomp-kill seccomp-mount seccomp-not-built seccomp-not-set seccomp-notify seccomp-pivot-root seccomp-privileges seccomp-profile seccomp-profile-broken seccomp-profile-inline seccomp-profile-relative seccomp-sethostname seccomp-setns seccomp-socket seccomp-unconfined seccomp-unshare second-userns security-context-ignored security-module-missing security-opt-colon security-opt-podman-only selinux-capability-denied selinux-label selinux-mount-denied selinux-policy-module selinux-transition-refused selinux-userns-denied service-may-not-start set-ids set-ids-unmapped set-user-variable setfcap-missing setgid-missing setgroups setgroups-denied setns-refused setuid-newuidmap setuid-without-effect shiftfs-unusable snap-confine-unconfined snap-profile-denied sockets squashfs-not-built start storage-on-nfs storage-read-only subid-lines-doubled subid-lookup subuid-missing swap-accounting-off swarm-ignores sysbox-not-running sysctl-apparmor-restrict sysctl-max-mnt-namespaces sysctl-max-other-namespaces sysctl-max-pid-namespaces sysctl-max-user-namespaces sysctl-max-user-namespaces-host sysctl-mount-max sysctl-not-namespaced sysctl-pid-max sysctl-threads-max sysctl-unprivileged-userns-clone sysfs-refused systemd-allow-hostname systemd-allow-keyring systemd-allow-mount systemd-allow-namespaces systemd-allow-privileges systemd-allow-sockets systemd-unprotect-kernel systempaths-unconfined target-missing threads threads-max time-offsets timens-not-built tini-missing tmpfs-on-tmp tun uid-map unexplained unit-key-unknown unit-settings-refused unit-value-left-out unit-without-container unknown-capability unknown-field unknown-option unmask unmasked-without-userns unmount-masks unprivileged-userns-clone unsafe-sysctl unset-user-variable unshare unshare-missing unshare-not-rendered unterminated-quote upgrade-container-runtime upgrade-oci-runtime user-from-environment user-gid-uid-swapped user-variable-missing userns-depth userns-host-without-remap userns-mode-podman-only userns-not-built userns-remap userns-remap-not-asked userns-remap-user-unknown uts-of-host values-not-rendered windows-pod without-disable-userns without-mount-proc without-setgroups-allow without-that-flag without-user-namespace worker-group-not-rendered worker-groups-of-the-chart worker-jobs-fail worker-panics worker-privileged-by-default worker-runs-unisolated worker-variable-ignored working-directory-lost write-id-maps wsl-set-version-2 wsl1"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --error)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --root)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --snapshot)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --for)
                    COMPREPLY=($(compgen -W "unshare nsjail userns-remap bubblewrap chromium podman-rootless rootlesskit kubernetes-userns codex claude-code flatpak nix gvisor charliecloud landlock seccomp seccomp-notify kvm fuse tun" -- "${cur}"))
                    return 0
                    ;;
                --flags)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "human json" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        isodoc__subcmd__fleet)
            opts="-h --color --for --flags --format --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --for)
                    COMPREPLY=($(compgen -W "unshare nsjail userns-remap bubblewrap chromium podman-rootless rootlesskit kubernetes-userns codex claude-code flatpak nix gvisor charliecloud landlock seccomp seccomp-notify kvm fuse tun userns pid-namespace mount-namespace net-namespace uts-namespace ipc-namespace cgroup-namespace mount-proc" -- "${cur}"))
                    return 0
                    ;;
                --flags)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "human json html csv" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        isodoc__subcmd__help)
            opts="check lint diff fleet explain rules matrix snapshot profile completions man schema help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        isodoc__subcmd__help__subcmd__check)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        isodoc__subcmd__help__subcmd__completions)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        isodoc__subcmd__help__subcmd__diff)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        isodoc__subcmd__help__subcmd__explain)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        isodoc__subcmd__help__subcmd__fleet)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        isodoc__subcmd__help__subcmd__help)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        isodoc__subcmd__help__subcmd__lint)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        isodoc__subcmd__help__subcmd__man)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        isodoc__subcmd__help__subcmd__matrix)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        isodoc__subcmd__help__subcmd__profile)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        isodoc__subcmd__help__subcmd__rules)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        isodoc__subcmd__help__subcmd__schema)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        isodoc__subcmd__help__subcmd__snapshot)
            opts=""
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 3 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        isodoc__subcmd__lint)
            opts="-f -o -q -h --color --file --all --image --skip-unread --fail-on-none --for --flags --assume --snapshot --list-assumptions --allow-outside --no-env --fix --diff --format --report --output --quiet --min-severity --baseline --config --print-config --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --file)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                -f)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --image)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --for)
                    COMPREPLY=($(compgen -W "unshare nsjail bubblewrap chromium podman-rootless rootlesskit codex claude-code flatpak nix gvisor charliecloud landlock seccomp seccomp-notify kvm fuse tun" -- "${cur}"))
                    return 0
                    ;;
                --flags)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --assume)
                    COMPREPLY=($(compgen -W "plain-linux debian-12 debian-13 ubuntu-24.04 rhel-9 amazon-linux-2023 bottlerocket talos gke-cos docker-desktop fargate containerd cri-o openshift-4 userns-remap" -- "${cur}"))
                    return 0
                    ;;
                --snapshot)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "human json sarif junit github gitlab markdown html" -- "${cur}"))
                    return 0
                    ;;
                --report)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --output)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                -o)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --min-severity)
                    COMPREPLY=($(compgen -W "error warning note" -- "${cur}"))
                    return 0
                    ;;
                --baseline)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --config)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        isodoc__subcmd__man)
            opts="-h --color --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        isodoc__subcmd__matrix)
            opts="-h --color --root --complete --snapshot --format --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --root)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --snapshot)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "human json" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        isodoc__subcmd__profile)
            opts="-o -h --color --for --flags --base --apparmor --output --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --for)
                    COMPREPLY=($(compgen -W "unshare nsjail bubblewrap chromium podman-rootless rootlesskit codex claude-code flatpak nix gvisor charliecloud" -- "${cur}"))
                    return 0
                    ;;
                --flags)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --base)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --apparmor)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --output)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                -o)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        isodoc__subcmd__rules)
            opts="-h --color --format --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "human json" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        isodoc__subcmd__schema)
            opts="-h --color --help check lint fleet config"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
        isodoc__subcmd__snapshot)
            opts="-o -h --color --output --flags --format --no-probe --trust-path --timeout --help"
            if [[ ${cur} == -* || ${COMP_CWORD} -eq 2 ]] ; then
                COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
                return 0
            fi
            case "${prev}" in
                --color)
                    COMPREPLY=($(compgen -W "auto always never" -- "${cur}"))
                    return 0
                    ;;
                --output)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                -o)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --flags)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                --format)
                    COMPREPLY=($(compgen -W "json ndjson" -- "${cur}"))
                    return 0
                    ;;
                --timeout)
                    COMPREPLY=($(compgen -f "${cur}"))
                    return 0
                    ;;
                *)
                    COMPREPLY=()
                    ;;
            esac
            COMPREPLY=( $(compgen -W "${opts}" -- "${cur}") )
            return 0
            ;;
    esac
}

if [[ "${BASH_VERSINFO[0]}" -eq 4 && "${BASH_VERSINFO[1]}" -ge 4 || "${BASH_VERSINFO[0]}" -gt 4 ]]; then
    complete -F _isodoc -o nosort -o bashdefault -o default isodoc
else
    complete -F _isodoc -o bashdefault -o default isodoc
fi
